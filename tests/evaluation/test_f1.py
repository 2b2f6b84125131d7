"""F1 scores of the page: those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.evaluation._metrics import Predictions, summarise
from datatool.evaluation.page._classes import f1_score, macro_f1
from datatool.schemas import EvalDocument


def document(label: list[int], predicted: list[int], *, class_num: int) -> EvalDocument:
    size = len(label)
    found = Predictions(
        label=np.array(label), predicted=np.array(predicted), corrected=np.array(label), confidence=np.full(size, 0.5),
        loss=np.ones(size), path=[f"{row}.jpg" for row in range(size)], source=np.full(size, "real"),
    )  # fmt: skip
    return summarise(found, class_num=class_num, names=[f"c{label}" for label in range(class_num)], train_cells=[])


def test_f1_is_that_of_scikit_learn() -> None:
    """Class 2 is never predicted, class 3 never right."""
    metrics = pytest.importorskip("sklearn.metrics")
    label, predicted = [0, 0, 0, 1, 1, 2, 3, 3], [0, 0, 1, 1, 3, 0, 0, 1]
    found = document(label, predicted, class_num=4)
    theirs = metrics.f1_score(label, predicted, average=None, zero_division=0)
    assert [f1_score(row) for row in found.per_class] == pytest.approx(theirs)
    assert macro_f1(found) == pytest.approx(theirs.mean())


def test_a_class_without_rows_has_no_f1_and_is_not_in_the_mean() -> None:
    found = document([0, 0], [0, 1], class_num=2)
    assert [f1_score(row) for row in found.per_class] == [pytest.approx(2 / 3), None]
    assert macro_f1(found) == pytest.approx(2 / 3)
