"""Exact intervals and McNemar's test, held against definitions and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.evaluation._intervals import interval, mid_p, upper_bound
from datatool.evaluation._paired import Pairs, holm, mean_difference, verdict_of


def _tail(hits: int, total: int, rate: float) -> float:
    """P(X <= hits) of a binomial."""
    return math.fsum(math.comb(total, k) * rate**k * (1 - rate) ** (total - k) for k in range(hits + 1))


@given(st.integers(1, 200), st.data())
def test_ends_leave_a_fortieth_on_each_side(total: int, data: st.DataObject) -> None:
    """The definition of Clopper and Pearson: at each end what was seen, or more extreme, has chance 2.5 %."""
    hits = data.draw(st.integers(0, total))
    low, high = interval(hits, total)
    assert 0 <= low <= hits / total <= high <= 1
    assert high == 1 if hits == total else _tail(hits, total, high) == pytest.approx(0.025, rel=1e-6)
    assert low == 0 if hits == 0 else 1 - _tail(hits - 1, total, low) == pytest.approx(0.025, rel=1e-5)


@given(st.integers(1, 10_000))
def test_without_a_hit_the_bound_is_the_rule_of_three(total: int) -> None:
    """1 - 0.05^(1/n), under 3 / n."""
    assert upper_bound(0, total) == pytest.approx(1 - 0.05 ** (1 / total), rel=1e-6)
    assert upper_bound(0, total) < 3 / total


@given(st.integers(0, 60), st.integers(0, 60))
def test_mid_p_is_symmetric_and_counts_what_was_seen_half(one: int, other: int) -> None:
    """Against the sum of the binomial."""
    total, least = one + other, min(one, other)
    assert mid_p(one, other) == mid_p(other, one)
    if one != other:
        exact = 2 * _tail(least, total, 0.5) - math.comb(total, least) / 2**total
        assert mid_p(one, other) == pytest.approx(min(exact, 1), rel=1e-9)


@pytest.mark.parametrize(
    ("total", "rates"), [(8, (0.1, 0.2)), (30, (0.05, 0.15)), (300, (0.02, 0.05)), (50, (0, 0.01))]
)
def test_intervals_of_differences_cover_what_they_say(total: int, rates: tuple[float, float]) -> None:
    """Over 4,000 draws: of one class, and of the mean over five; never far below 95 %."""
    generator = np.random.default_rng(0)
    first, second = rates
    shares = [first, second, 1 - first - second]
    covered, means = 0, 0
    for _ in range(4000):
        classes = []
        for only_first, only_second, _rest in generator.multinomial(total, shares, size=5).tolist():
            classes.append(Pairs(total=total, first=0, second=0, only_first=only_first, only_second=only_second))
        low, high = classes[0].span
        covered += low <= second - first <= high
        _, low, high = mean_difference(classes)
        means += low <= second - first <= high
    assert covered / 4000 > 0.93
    assert means / 4000 > 0.93


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_values_keep_their_order(p_values: list[float]) -> None:
    """None shrinks, none passes 1, the smallest is multiplied by their number."""
    adjusted = holm(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)
    assert adjusted[order[0]] == min(1, p_values[order[0]] * len(p_values))


def test_a_verdict_needs_both_interval_and_test() -> None:
    """An interval beside zero is not enough where many classes were looked at."""
    assert verdict_of(0.01, 0.2) == "better"
    assert verdict_of(-0.2, -0.01, 0.03) == "worse"
    assert verdict_of(-0.2, -0.01, 0.3) == "not shown"
    assert verdict_of(-0.1, 0.1, 0.01) == "not shown"
