"""Values of YAML files and overrides, as PaddleClas evaluates them."""

from __future__ import annotations

from typing import Any

import pytest

from datatool.errors import ConfigError
from datatool.paddleclas import read_config
from datatool.paddleclas._values import option_value
from tests.helpers.clas_yaml import sections, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("'10'", "10"),
        ("True", True),
        ("None", None),
        ("[1, 2]", [1, 2]),
        ("1e-3", 0.001),
        ("0.4/4", 0.1),
        ("ResNet50_vd", "ResNet50_vd"),
        ("./data/train list.txt", "./data/train list.txt"),
        ("data/train/list.txt", "data/train/list.txt"),
        ("'\\t'", "\t"),
        ("a\\x3db", "a\\x3db"),
        ("'a\\x3db'", "a=b"),
        ("", ""),
    ],
)
def test_a_literal_has_its_value_and_other_text_stays_text(text: str, value: Any) -> None:
    """What `eval` gives, or the text where it fails; checked against Python's own eval, where that is harmless."""
    assert value == option_value(text, key="k")
    try:
        evaluated = eval(text)
    except (NameError, SyntaxError):
        evaluated = text
    assert value == evaluated


@pytest.mark.parametrize(
    "text", ["os", "os.path", "abs", "yaml", "__import__('os').getcwd()", "nothing(1)", "open('x')"]
)
def test_what_would_run_there_is_refused(text: str) -> None:
    """A module, a function, a call: PaddleClas stores or runs it; we say so and run nothing."""
    with pytest.raises(ConfigError, match="must be text or a literal"):
        option_value(text, key="Global.device")


def test_overrides_split_at_a_single_equals_sign(tmp_path: Any) -> None:
    """PaddleClas asserts that there is one; a further one can be written as an escape."""
    file = write(tmp_path, sections())
    config = read_config(file, overrides=["Arch.name=PPLCNet_x1_0", "Loss.Train.0.CELoss.epsilon=0.1"])
    assert config.get("Arch.name") == "PPLCNet_x1_0"
    assert config.get("Loss.Train.0.CELoss.epsilon") == 0.1
    assert config.created == ("Loss.Train.0.CELoss.epsilon",)
    for text, words in (("a", "single '='"), ("a=b=c", "single '='"), ("Loss.Train.3.X=1", "0 to 0")):
        with pytest.raises(ConfigError, match=words):
            read_config(file, overrides=[text])


def test_yaml_is_read_under_its_old_rules_within_limits(tmp_path: Any) -> None:
    """`yes` is a boolean, a text with a literal is that literal, and an alias bomb is refused."""
    file = tmp_path / "a.yaml"
    file.write_text("Arch: {class_num: '7', use: yes}\nDataLoader: {}\n")
    config = read_config(file)
    assert config.get("Arch.class_num") == 7
    assert config.get("Arch.use") is True
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    file.write_text(bomb)
    with pytest.raises(ConfigError, match="unfold"):
        read_config(file)


@pytest.mark.parametrize("text", ["", "[]", "a: 1", "model: {backbone: x}", "Arch: 3", "\x00"])
def test_what_is_no_yaml_of_paddleclas_is_one_sentence(tmp_path: Any, text: str) -> None:
    """With the way on for a recipe of ours."""
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        read_config(file)
