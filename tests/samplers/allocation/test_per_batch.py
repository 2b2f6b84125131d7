from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import PlanError
from datatool.samplers import Modifiers, Natural, Oversample, allocate
from datatool.samplers.allocation._per_batch import check_per_batch
from tests.helpers.cells import counts_of


@given(groups=st.lists(st.integers(0, 4), min_size=1, max_size=4), classes=st.integers(1, 4))
def test_quotas_are_refused_exactly_where_no_batches_exist(groups: list[int], classes: int) -> None:
    """Against a search through all sets of classes, batch after batch."""
    counts = counts_of(*((label, "real", 9) for label in range(len(groups))))
    feasible = sum(map(bool, groups)) >= classes and _batches_exist(tuple(groups), classes)
    quota = np.array(groups) * 3
    if feasible:
        check_per_batch(quota, counts, (classes, 3))
    else:
        with pytest.raises(PlanError, match="--per-batch"):
            check_per_batch(quota, counts, (classes, 3))


def _batches_exist(groups: tuple[int, ...], classes: int) -> bool:
    left = [label for label, number in enumerate(groups) if number]
    if sum(groups) <= classes:
        return max(groups, default=0) <= 1
    return any(
        _batches_exist(tuple(number - (label in batch) for label, number in enumerate(groups)), classes)
        for batch in itertools.combinations(left, classes)
    )


def test_a_class_that_fills_more_than_its_place_in_every_batch_is_named() -> None:
    counts = counts_of((0, "real", 80), (1, "real", 10), (5, "real", 10))

    with pytest.raises(PlanError, match=r"must have at most 52 of 100 draws, once a batch; class 0 has 80"):
        allocate(counts, Natural(), Modifiers(per_batch=(2, 4)))
    assert allocate(counts, Oversample(), Modifiers(per_batch=(2, 4))).quota.tolist() == [80, 80, 80]


def test_more_classes_in_a_batch_than_there_are_is_refused() -> None:
    with pytest.raises(PlanError, match="at most 2 classes, the number that are drawn; got 3"):
        allocate(counts_of((0, "real", 8), (1, "real", 8)), Natural(), Modifiers(per_batch=(3, 2)))
