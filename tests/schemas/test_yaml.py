"""YAML under the 1.2 core rules."""

from __future__ import annotations

import math

import pytest

from datatool.errors import ConfigError
from datatool.schemas import load_yaml


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
