from __future__ import annotations

import pytest

from datatool.samplers import Oversample, allocate
from tests.helpers.cells import counts_of

COUNTS = counts_of((0, "real", 600), (1, "real", 100), (1, "synthetic", 50), (2, "real", 12))


@pytest.mark.parametrize(
    ("target", "draws"), [("max", 600), ("median", 150), (40, 40)], ids=["the largest", "the median", "a number"]
)
def test_every_class_has_the_draws_of_the_target(target: object, draws: int) -> None:
    made = allocate(COUNTS, Oversample(target=target))  # type: ignore[arg-type]

    assert COUNTS.per_class(made.quota).tolist() == [draws] * 3


def test_the_sources_of_a_class_keep_their_proportion() -> None:
    assert allocate(COUNTS, Oversample()).quota.tolist() == [600, 400, 200, 600]


def test_a_median_between_two_whole_numbers_is_rounded() -> None:
    counts = counts_of((0, "real", 10), (1, "real", 15))

    assert allocate(counts, Oversample(target="median")).quota.tolist() == [12, 12]
