from __future__ import annotations

import numpy as np
import pytest

from datatool.balance._advice import repeat_advice, rule_1, rule_2, swollen_classes, swollen_weight
from datatool.schemas import Cells
from tests.helpers.cells import counts_of
from tests.helpers.lists import MakePlan

SWOLLEN = (0, "real", 10), (0, "synthetic", 80), (1, "real", 10), (2, "real", 10), (3, "real", 20)


def test_rule_1_names_the_class_and_the_numbers_that_triggered_it() -> None:
    [advice] = rule_1(counts_of(*SWOLLEN), ())

    assert (advice.rule, advice.code, advice.label) == ("Q4.1 rule 1", "W601", 0)
    assert advice.numbers == {
        "rows": 90,
        "median": 15,
        "synthetic": 80,
        "real": 10,
        "weight": pytest.approx(np.sqrt(15 / 90)),
    }
    assert "class 0 has 90 rows, 6.0x the median, 80 of them synthetic beside 10 real" in advice.message
    assert "--accept W601" in advice.options


@pytest.mark.parametrize(
    "cells",
    [
        [(0, "real", 90), (1, "real", 10), (2, "real", 10)],
        [(0, "real", 30), (0, "synthetic", 60), (1, "real", 10), (2, "real", 10)],
        [(0, "real", 5), (0, "synthetic", 20), (1, "real", 10), (2, "real", 10)],
    ],
    ids=["large but real", "synthetic below 3x real", "below 3x the median"],
)
def test_rule_1_is_silent_elsewhere(cells: list[tuple[int, str, int]]) -> None:
    counts = counts_of(*cells)

    assert rule_1(counts, ()) == []
    assert not swollen_classes(counts).any()
    assert (swollen_weight(counts) == 1).all()


def test_accepting_w601_lowers_the_weight_of_the_swollen_class_only(plan_of: MakePlan) -> None:
    weight = plan_of(*SWOLLEN, accept=("W601",)).cells.weight

    assert weight[0] == weight[1] < 1
    assert weight[1] / weight[2] == pytest.approx(np.sqrt(15 / 90))
    assert len(set(weight[2:])) == 1
    assert (plan_of(*SWOLLEN).cells.weight == 1).all()


CLOSE = (0, "real", 30), (1, "synthetic", 60), (2, "real", 20)


@pytest.mark.parametrize(
    ("real_in_val", "words"),
    [
        (None, "give --split val=LIST"),
        (frozenset({1}), "check its recall on the real images of val"),
        (frozenset({0}), "val has no real image of it, so nothing can show whether it is recognised (W603)"),
    ],
)
def test_rule_2_leaves_a_class_within_an_order_of_magnitude_alone_and_asks_for_real_images(
    real_in_val: frozenset[int] | None, words: str
) -> None:
    [advice] = rule_2(counts_of(*CLOSE), "natural", real_in_val)

    assert (advice.code, advice.label, advice.numbers) == ("I602", 1, {"rows": 60, "max_over_min": 3})
    assert "needs no balancing" in advice.message
    assert words in advice.message
    assert advice.options == []
    assert rule_2(counts_of(*CLOSE), "oversample", None)[0].options == ["--strategy natural"]


def test_rule_2_does_not_excuse_a_class_past_an_order_of_magnitude() -> None:
    [advice] = rule_2(counts_of((0, "real", 10), (1, "synthetic", 101)), "oversample", None)

    assert "past an order of magnitude" in advice.message
    assert advice.options == []


def test_rule_2_is_silent_where_everything_or_nothing_is_all_synthetic() -> None:
    assert rule_2(counts_of((0, "synthetic", 5), (1, "synthetic", 9)), "natural", None) == []
    assert rule_2(counts_of((0, "real", 5), (0, "synthetic", 9)), "natural", None) == []


def test_rows_drawn_more_than_ten_times_are_reported_with_the_worst_cell() -> None:
    cells = Cells(
        label=np.array([0, 4]), source=("real", "real"), num_rows=np.array([100, 3]), quota=np.array([1000, 100]),
        weight=np.ones(2),
    )  # fmt: skip
    [advice] = repeat_advice(cells, strategy="sqrt", max_repeat=None)

    assert advice.message.startswith("the 3 real rows of class 4 are drawn up to 34 times an epoch;")
    assert advice.numbers == {"cells": 1, "max_repeat": 34}
    assert advice.options == ["--max-repeat 10"]
