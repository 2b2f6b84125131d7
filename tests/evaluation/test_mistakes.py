"""Pairs of classes that are confused, and the pictures of the largest losses."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.evaluation._intervals import wilson
from datatool.evaluation._metrics import Predictions, confused_pairs, losses, softmax
from datatool.evaluation.page._curves import epoch_tiles
from datatool.schemas import MetricsLine


def found(label: list[int], predicted: list[int], loss: list[float]) -> Predictions:
    size = len(label)
    return Predictions(
        label=np.array(label),
        predicted=np.array(predicted),
        corrected=np.array(label),
        confidence=np.full(size, 0.5),
        loss=np.array(loss),
        path=[f"{row}.jpg" for row in range(size)],
        source=np.full(size, "real"),
    )


def test_pairs_are_sorted_by_images_and_pictures_by_loss() -> None:
    pairs = confused_pairs(found([0, 0, 0, 1, 1, 2], [1, 1, 0, 1, 0, 2], [1, 3, 9, 9, 2, 9]), class_num=3)
    assert [(pair.class_, pair.predicted, pair.images) for pair in pairs] == [(0, 1, 2), (1, 0, 1)]
    assert [one.path for one in pairs[0].worst] == ["1.jpg", "0.jpg"]


def test_without_a_mistake_there_is_no_pair() -> None:
    assert confused_pairs(found([0, 1], [0, 1], [1, 1]), class_num=2) == []


def test_the_loss_is_minus_the_log_of_the_probability_even_where_that_is_nothing() -> None:
    logits = np.array([[0.0, 1.0, 2.0], [5.0, 0.0, 0.0]])
    label = np.array([2, 1])
    assert losses(logits, label) == pytest.approx(-np.log(softmax(logits)[[0, 1], label]))
    assert losses(np.array([[0.0, 1e4]]), np.array([0])) == pytest.approx([1e4])


def test_wilsons_interval_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for hits, total in ((0, 3), (3, 3), (7, 20), (999, 1000)):
        theirs = stats.binomtest(hits, total).proportion_ci(method="wilson")
        assert wilson(hits, total) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def lines(*scores: float | None) -> list[MetricsLine]:
    return [
        MetricsLine(
            stage=0,
            epoch=epoch,
            step=10 * epoch + 10,
            lr=0.1,
            loss=1,
            images_per_second=1,
            eval=None if score is None else {"balanced_accuracy": score, "top1": score},
        )
        for epoch, score in enumerate(scores)
    ]


def test_the_best_epoch_is_the_first_of_the_highest_balanced_accuracy() -> None:
    assert [tile[:2] for tile in epoch_tiles(lines(0.5, 0.9, 0.9, 0.7))] == [("best epoch", "1"), ("last epoch", "3")]
    assert [tile[:2] for tile in epoch_tiles(lines(0.5, 0.9))] == [("best and last epoch", "1")]
    assert epoch_tiles(lines(None, None)) == []
