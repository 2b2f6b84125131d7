"""Metrics against scikit-learn and against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.evaluation import softmax
from datatool.evaluation._metrics import (
    MAX_CONFUSION,
    Predictions,
    calibration_error,
    confusion,
    summarise,
    without_prior,
)

CLASSES = 4


@pytest.fixture
def found() -> Predictions:
    """200 rows of three of four classes, two sources."""
    generator = np.random.default_rng(3)
    label = generator.integers(0, 3, 200)
    predicted = np.where(generator.random(200) < 0.6, label, generator.integers(0, CLASSES, 200))
    return Predictions(
        label=label,
        predicted=predicted,
        corrected=label,
        confidence=generator.uniform(0.25, 1, 200),
        loss=generator.uniform(0, 5, 200),
        path=[f"{row}.jpg" for row in range(200)],
        source=np.where(generator.random(200) < 0.2, "synthetic", "real"),
    )


def test_figures_are_those_of_scikit_learn(found: Predictions) -> None:
    """Accuracy, balanced accuracy, recall, precision, confusion; a class without rows is left out."""
    metrics = pytest.importorskip("sklearn.metrics")
    document = summarise(found, class_num=CLASSES, names=list("abcd"))
    with np.errstate(invalid="ignore", divide="ignore"):
        table = metrics.confusion_matrix(found.label, found.predicted, labels=range(CLASSES))
    assert document.confusion == table.tolist()
    assert document.top1 == pytest.approx(metrics.accuracy_score(found.label, found.predicted))
    recall = metrics.recall_score(found.label, found.predicted, labels=[0, 1, 2], average=None)
    precision = metrics.precision_score(found.label, found.predicted, labels=[0, 1, 2], average=None)
    assert document.balanced_accuracy == pytest.approx(recall.mean())
    assert [row.recall for row in document.per_class[:3]] == pytest.approx(recall.tolist())
    assert [row.precision for row in document.per_class[:3]] == pytest.approx(precision.tolist())
    assert document.per_class[3].recall is None
    assert document.corrected_top1 == 1.0


def test_sources_are_measured_apart(found: Predictions) -> None:
    """Rows, accuracy, recalls and precisions of each source alone."""
    document = summarise(found, class_num=CLASSES, names=list("abcd"))
    for row in document.per_source:
        chosen = found.source == row.source
        assert row.support == chosen.sum()
        assert row.top1 == pytest.approx((found.label == found.predicted)[chosen].mean())
        for label, recall in row.per_class.items():
            of_class = chosen & (found.label == label)
            assert recall == pytest.approx((found.predicted[of_class] == label).mean())
        assert set(row.precision) == set(found.predicted[chosen].tolist())
        for label, precision in row.precision.items():
            said = chosen & (found.predicted == label)
            assert precision == pytest.approx((found.label[said] == label).mean())


def test_calibration_error_by_hand() -> None:
    """Two bins: |0.95 - 1/2| and |0.35 - 1|, by their rows."""
    confidence = np.array([0.95, 0.95, 0.35, 0.35])
    hit = np.array([True, False, True, True])
    assert calibration_error(confidence, hit) == pytest.approx(0.5 * 0.45 + 0.5 * 0.65)
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, True])) == 0


def test_taking_the_prior_out_inverts_putting_it_in() -> None:
    """log p(y|x) = log p(x|y) + log pi: subtracting log pi leaves the likelihood; empty classes are not moved."""
    likelihood = np.log([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    prior = np.array([0.8, 0.2, 0.0])
    logits = likelihood + np.array([np.log(0.8), np.log(0.2), 0])
    np.testing.assert_allclose(without_prior(logits, prior), likelihood)
    np.testing.assert_allclose(softmax(logits).sum(axis=1), 1)


def test_a_matrix_of_very_many_classes_is_left_out() -> None:
    """Its square would be mostly zeros."""
    label = np.array([0, MAX_CONFUSION])
    assert confusion(label, label, class_num=MAX_CONFUSION + 1) == []
