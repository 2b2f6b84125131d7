"""The four words, their intervals, and what is recommended."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatool.advise._compare import Difference, compare, recalls, shrunk_value, value_of
from datatool.advise._judge import judged
from datatool.advise._objective import Objective, make_objective
from datatool.advise._ways import Way
from datatool.errors import ConfigError

PLACE = np.repeat([0, 1], [400, 400])
WORTH = np.array([0.5, 0.5])


def hits(*shares: float, place: NDArray[np.int64] = PLACE) -> NDArray[np.float64]:
    """The first share of each class's rows is predicted rightly."""
    found = np.zeros(len(place))
    for number, share in enumerate(shares):
        mine = np.flatnonzero(place == number)
        found[mine[: round(share * len(mine))]] = 1.0
    return found


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        (hits(0.9, 0.9), hits(0.7, 0.7), "better"),
        (hits(0.7, 0.7), hits(0.9, 0.9), "worse"),
        (hits(0.8, 0.8), hits(0.8, 0.8), "no difference"),
        (hits(0.81, 0.8), 1 - hits(0.2, 0.2), "cannot tell"),
    ],
)
def test_each_of_the_four_words(first: NDArray[np.float64], second: NDArray[np.float64], word: str) -> None:
    assert compare(first, second, PLACE, WORTH).verdict == word


def test_not_significant_is_never_no_difference() -> None:
    assert Difference(mean=0.0, error=0.02).verdict == "cannot tell"
    assert Difference(mean=0.0, error=0.005).verdict == "no difference"


def test_three_rows_that_agree_are_not_certain() -> None:
    """Without the half row their variance would be 0, and 3 of 3 against 0 of 3 would be sure of itself."""
    place = np.repeat([0, 1], [400, 3])
    same = compare(hits(0.8, 1.0, place=place), hits(0.8, 1.0, place=place), place, WORTH)
    assert same.mean == 0.0
    assert same.verdict == "cannot tell"


@given(st.lists(st.booleans(), min_size=6, max_size=60))
def test_a_difference_is_the_negative_of_its_mirror(bits: list[bool]) -> None:
    first = np.array(bits, np.float64)
    second, place = first[::-1].copy(), np.arange(len(bits)) % 2
    one, other = compare(first, second, place, WORTH), compare(second, first, place, WORTH)
    assert abs(one.mean + other.mean) < 1e-12
    assert abs(one.error - other.error) < 1e-12


def test_the_value_of_an_objective_is_its_mix_of_recalls() -> None:
    recall = recalls(hits(0.5, 1.0), PLACE, num_classes=2)
    assert value_of(recall, np.array([0.5, 0.5])) == pytest.approx(0.75)
    assert value_of(recall, np.array([0.9, 0.1])) == pytest.approx(0.55)


def test_shrinking_draws_the_recall_of_a_small_class_to_the_mean() -> None:
    recall, counts = np.array([0.6, 0.6, 0.6, 0.0]), np.array([500, 500, 500, 2])
    worth = np.full(4, 0.25)
    assert value_of(recall, worth) < shrunk_value(recall, counts, worth) < 0.6


def objective(default: str, name: str = "balanced") -> Objective:
    return Objective(name=name, value=WORTH, prior=WORTH, default=default)


WAYS = [Way(name="natural"), Way(name="oversample", strategy="oversample"), Way(name="logit-adjust", trained=False)]


def test_the_default_is_recommended_unless_another_way_is_better_than_it() -> None:
    found = {"natural": hits(0.9, 0.3), "oversample": hits(0.8, 0.7), "logit-adjust": hits(0.8, 0.7)}
    assert judged(found, PLACE, WAYS, objective("logit-adjust")).chosen == "logit-adjust"
    found["oversample"] = hits(0.9, 0.9)
    assert judged(found, PLACE, WAYS, objective("logit-adjust")).chosen == "oversample"


def test_nothing_is_recommended_where_nothing_differs() -> None:
    found = {way.name: hits(0.8, 0.8) for way in WAYS}
    assert judged(found, PLACE, WAYS, objective("logit-adjust")).chosen is None
    assert judged(found, PLACE, WAYS, objective("natural", "top1")).chosen is None


def test_natural_is_recommended_where_the_default_is_worse() -> None:
    found = {"natural": hits(0.9, 0.9), "oversample": hits(0.6, 0.6), "logit-adjust": hits(0.6, 0.6)}
    assert judged(found, PLACE, WAYS, objective("logit-adjust")).chosen == "natural"


def test_objectives_by_name() -> None:
    counts = np.array([30, 10, 0])
    made = [make_objective(name, counts, ["a", "b", "c"], [0, 1, 2]) for name in ("balanced", "top1")]
    assert made[0].value.tolist() == [0.5, 0.5, 0.0]
    assert made[1].value.tolist() == [0.75, 0.25, 0.0]
    with pytest.raises(ConfigError, match="did you mean balanced"):
        make_objective("balance", counts, ["a", "b", "c"], [0, 1, 2])
