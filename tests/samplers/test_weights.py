from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import ConfigError
from datatool.samplers import normalise_weights, parse_weights


@given(st.lists(st.tuples(st.floats(0.01, 100), st.integers(0, 1000)), min_size=1))
def test_the_mean_over_the_draws_of_an_epoch_is_one(cells: list[tuple[float, int]]) -> None:
    weight, quota = np.array([w for w, _ in cells]), np.array([q for _, q in cells]) + 1
    scaled = normalise_weights(weight, quota)

    assert scaled @ quota / quota.sum() == pytest.approx(1)
    assert np.allclose(scaled / scaled[0], weight / weight[0])


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("none", 1), ("inverse", 1 / 4), ("sqrt", 1 / 2), ("effective:0", 1), ("effective:0.5", 12 / 15)],
)
def test_a_class_of_four_draws_weighs_so_much_beside_one_of_one(name: str, ratio: float) -> None:
    """effective:0.5 has E(4) = 1 + 1/2 + 1/4 + 1/8 = 15/8 and E(2) = 12/8."""
    few = 2.0 if name == "effective:0.5" else 1.0
    rare, frequent = parse_weights(name)(np.array([few, 4.0]))

    assert frequent / rare == pytest.approx(ratio)


@pytest.mark.parametrize("text", ["invers", "effective", "effective:x", "inverse:2"])
def test_unknown_weights_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ConfigError, match="weights must"):
        parse_weights(text)


def test_weights_that_are_all_zero_are_refused() -> None:
    with pytest.raises(ConfigError, match="all of them are 0"):
        normalise_weights(np.zeros(2), np.array([1, 1]))


def test_weights_far_above_one_keep_their_mean() -> None:
    scaled = normalise_weights(np.array([1e308, 1e300]), np.array([30, 10]))

    assert scaled @ np.array([30, 10]) == pytest.approx(40)
    assert scaled[0] == pytest.approx(4 / 3)


@pytest.mark.parametrize("weight", [[1.0, np.inf], [1.0, 1e13]])
def test_weights_that_float32_could_not_hold_are_refused(weight: list[float]) -> None:
    with pytest.raises(ConfigError, match=r"weights must be at most 1e\+12 times"):
        normalise_weights(np.array(weight), np.array([1, 0]))
