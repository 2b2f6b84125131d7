from __future__ import annotations

import pytest

from datatool.balance._targets import Target, parse_target
from datatool.errors import ConfigError

NAMES = {0: "cat", 1: "24/7 shop", 12: "3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4=0.5", Target(label=4, source=None, value=0.5)),
        ("4/synthetic=2", Target(label=4, source="synthetic", value=2.0)),
        ("cat=1", Target(label=0, source=None, value=1.0)),
        ("24/7 shop=1", Target(label=1, source=None, value=1.0)),
        ("24/7 shop/real=1", Target(label=1, source="real", value=1.0)),
        ("3=1", Target(label=12, source=None, value=1.0)),
        ("*/synthetic=0.25", Target(label=None, source="synthetic", value=0.25)),
    ],
)
def test_ids_names_and_sources_are_understood(text: str, expected: Target) -> None:
    assert parse_target(text, NAMES, option="--weight") == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cat", "--share must be CLASS[/SOURCE]=NUMBER"),
        ("cat=-1", "--share must be CLASS[/SOURCE]=NUMBER"),
        ("cat=nan", "--share must be CLASS[/SOURCE]=NUMBER"),
        ("=1", "--share must be CLASS[/SOURCE]=NUMBER"),
        ("cta=1", "did you mean 'cat'?"),
        ("*=1", "--share must name a class by id, or by a name of --names; got '*'"),
        ("-3=1", "--share must name a class"),
    ],
)
def test_anything_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_target(text, NAMES, option="--share")

    assert words in str(caught.value)
