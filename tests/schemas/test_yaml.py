"""YAML under the 1.2 core rules."""

from __future__ import annotations

import math

import pytest

from datatool.errors import ConfigError
from datatool.schemas import key_place, load_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("'1'", "1"),
        ("a: {b: [1, two]}", {"a": {"b": [1, "two"]}}),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    assert value == load_yaml(text)
    assert type(value) is type(load_yaml(text))


def test_not_a_number_is_one() -> None:
    assert math.isnan(load_yaml(".nan"))


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "a: !mine 1"])
def test_no_tag_makes_an_object(text: str) -> None:
    with pytest.raises(ConfigError, match="YAML must be well formed"):
        load_yaml(text)


def test_a_repeated_key_is_refused_with_file_and_line() -> None:
    with pytest.raises(ConfigError, match=r"duplicate key a.*\(r\.yaml:3\)"):
        load_yaml("b: 1\na: 1\na: 2\n", file="r.yaml")


def test_bad_syntax_is_one_sentence_with_file_and_line() -> None:
    with pytest.raises(ConfigError, match=r"YAML must be well formed; got .*\(r\.yaml:2\)") as caught:
        load_yaml("a: 1\nb: ]\n", file="r.yaml")
    assert "\n" not in str(caught.value)


_BOMB = "- &b0 [l,l,l,l,l,l,l,l,l,l]\n" + "".join(f"- &b{n} [{','.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (_BOMB, "aliases that unfold to more than 10,000 values", 4),
        ("a: &a [*a]", "alias a inside itself", 1),
        ("\n" + "[" * 9999, "values nested more than 50 deep", 2),
        ("- !!int foo", "int 'foo'", 1),
        ("- 0o", "", 0),
        ("- !!bool foo", "bool 'foo'", 1),
        ("- !!timestamp foo", "could not determine a constructor", 1),
        ("- !!set [a]", "could not determine a constructor", 1),
        ("- !!map foo", "a plain value or list tagged as a mapping", 1),
        ("- !!binary foo", "could not determine a constructor", 1),
        ("- " + "9" * 5000, "int '9999", 1),
        ('\n- "a\\0b"', "str 'a\\x00b'", 2),
        ('- "\\ud800"', "str '\\ud800'", 1),
        ("a\n\x01", "U+0001", 2),
        ("? [a]\n: 1", "unhashable key", 1),
    ],
)
def test_what_no_recipe_needs_is_one_short_sentence_with_its_line(text: str, said: str, line: int) -> None:
    if not said:
        assert load_yaml(text) == ["0o"]
        return
    with pytest.raises(ConfigError) as caught:
        load_yaml(text, file="r.yaml")
    sentence = str(caught.value)

    assert said in sentence
    assert sentence.endswith(f" (r.yaml:{line}).")
    assert len(sentence) < 300
    assert sentence.isprintable()


def test_a_value_that_is_named_twice_is_read_twice() -> None:
    assert load_yaml("a: &x [1, 2]\nb: *x\nc: [*x, *x]") == {"a": [1, 2], "b": [1, 2], "c": [[1, 2], [1, 2]]}


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("run.epochs", "r.yaml:3"),
        ("run.stages.1.optimizer.lr", "r.yaml:6"),
        ("run.keep", "r.yaml:2"),
        ("data.mean.2", "r.yaml:7"),
        ("model.backbone", "r.yaml"),
        ("", "r.yaml"),
    ],
)
def test_a_key_is_named_by_its_line_or_that_of_the_section_it_would_be_in(key: str, place: str) -> None:
    text = "# two stages\nrun:\n  epochs: 3\n  stages:\n  - {}\n  - optimizer: {lr: x}\ndata: {mean: [1, 2]}\n"
    assert key_place(text, "r.yaml", key) == place
    assert key_place("", "r.yaml", key) == "r.yaml"
