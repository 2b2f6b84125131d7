from __future__ import annotations

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.samplers import STRATEGIES, Oversample, Power, allocate, parse_strategy
from tests.helpers.cells import counts_of

COUNTS = counts_of((0, "real", 900), (1, "real", 90), (3, "real", 10))


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("natural", [900, 90, 10]),
        ("oversample", [900, 900, 900]),
        ("undersample", [10, 10, 10]),
        ("sqrt", [703, 223, 74]),  # 1000 x (30, 9.4868, 3.1623) / 42.649
        ("power:1", [900, 90, 10]),
        ("power:0", [333, 333, 334]),
        ("effective:0", [900, 90, 10]),
        ("effective:0.9999", [343, 329, 328]),
        ("repeat-factor:0.09", [900, 90, 30]),  # sqrt(0.09 / 0.01) = 3
        ("progressive:3", [900, 90, 10]),
    ],
)
def test_each_strategy_gives_the_quotas_of_its_formula(text: str, quota: list[int]) -> None:
    made = allocate(COUNTS, parse_strategy(text)).quota

    assert abs(made - np.array(quota)).max() <= (1 if text == "power:0" else 0)


def test_every_registered_strategy_is_made_by_its_name_and_says_all_about_itself() -> None:
    for name, kind in STRATEGIES.items():
        assert kind.name == name
        assert kind.usage.startswith(name)
        assert kind.rule
        for text in (kind.priced, *kind.pictures.values()):
            if text is not None:
                made = parse_strategy(text.split(" ")[0])
                assert made.name == ("power" if name == "sqrt" else name)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("oversampel", "a strategy must have a known name; got 'oversampel'. Hint: did you mean 'oversample'?"),
        ("zzz", "Hint: choose one of natural, oversample, undersample, sqrt, power:Q"),
        ("cells:a.csv", "the strategy cells must be made of the shares in its file"),
        ("power", "the strategy power must be written 'power:Q'; got 'power'"),
        ("sqrt:2", "the strategy sqrt must be written 'sqrt'; got 'sqrt:2'"),
        ("power:x", "the argument of a strategy must be a number; got 'power:x'"),
        ("power:2", "must lie between 0 (balanced) and 1 (natural); got 2"),
        ("power:nan", "must lie between 0 (balanced) and 1 (natural); got nan"),
        ("effective:1", "beta must lie in [0, 1); got 1"),
        ("repeat-factor:0", "the threshold of repeat-factor must lie in (0, 1]; got 0"),
        ("progressive:1", "progressive must have 2 to 10,000 epochs"),
        ("progressive:1000000000", "progressive must have 2 to 10,000 epochs"),
        ("progressive:2.5", "the number of epochs must be whole; got 2.5"),
        ("progressive:inf", "the number of epochs must be whole; got inf"),
    ],
)
def test_a_strategy_that_cannot_be_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_strategy(text)

    assert sentence in str(caught.value)


def test_a_target_goes_with_oversample_only() -> None:
    assert parse_strategy("oversample", target=7) == Oversample(target=7)
    assert parse_strategy("oversample", target="7") == Oversample(target=7)
    assert parse_strategy("oversample", target="median") == Oversample(target="median")
    assert parse_strategy("sqrt") == Power(exponent=0.5)
    with pytest.raises(ConfigError, match="a target must go with the strategy oversample; got 'sqrt'"):
        parse_strategy("sqrt", target="median")


def test_a_target_is_a_word_or_a_number_of_draws() -> None:
    with pytest.raises(ConfigError, match="--target must be max, median or a number of draws; got '0'"):
        parse_strategy("oversample", target="0")
