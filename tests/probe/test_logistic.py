"""Linear heads are at their optimum, and folds part what they should."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.probe import Design, close_pairs, joined, softmax, stratified_folds, unit_rows
from tests.helpers.digits import digits


def test_a_head_is_that_of_scikit_learn() -> None:
    """The same loss, minimised by another program, gives the same probabilities."""
    linear = pytest.importorskip("sklearn.linear_model")
    features, labels = digits()
    features, labels, penalty = features[:400], labels[:400], 0.03
    head = Design(features).fit(labels, num_classes=10, penalty=penalty)
    spread = features.std(axis=0)
    standard = (features - features.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    other = linear.LogisticRegression(C=1 / (penalty * len(labels)), tol=1e-8, max_iter=5_000).fit(standard, labels)
    np.testing.assert_allclose(softmax(head.logits(features)), other.predict_proba(standard), atol=3e-3)


def test_weights_of_rows_are_rows_that_stand_there_more_than_once() -> None:
    features, labels = digits()
    features, labels = features[:300], labels[:300]
    twice = np.arange(300) % 3 == 0
    repeated = np.concatenate([np.arange(300), np.flatnonzero(twice)])
    weighted = Design(features[repeated]).fit(
        labels[repeated], num_classes=10, penalty=0.1, weights=np.ones(len(repeated))
    )
    design = Design(features[repeated])
    weights = np.concatenate([np.where(twice, 2.0, 1.0), np.zeros(int(twice.sum()))])
    counted = design.fit(labels[repeated], num_classes=10, penalty=0.1, weights=weights)
    np.testing.assert_allclose(softmax(counted.logits(features)), softmax(weighted.logits(features)), atol=3e-3)


def test_a_class_without_rows_is_never_predicted() -> None:
    features, labels = digits()
    head = Design(features[:100]).fit(labels[:100] % 3, num_classes=5, penalty=0.1)
    assert softmax(head.logits(features[:50]))[:, 3:].max() == 0.0


def test_folds_are_stratified_and_groups_stay_together() -> None:
    labels = np.repeat([0, 1, 2], [50, 10, 5])
    groups = np.arange(len(labels))
    groups[50:52] = 50
    fold = stratified_folds(labels, groups, num_folds=5, seed=3)
    assert fold[50] == fold[51]
    table = np.array([[np.sum((labels == c) & (fold == f)) for f in range(5)] for c in range(3)])
    assert (table[0] == 10).all()
    assert table[1].min() >= 1
    assert (table[2] == 1).all()


def test_pairs_connect_into_groups() -> None:
    assert joined(5, np.array([[3, 4], [1, 3]])).tolist() == [0, 1, 2, 1, 1]


def test_close_pairs_are_given_once_and_not_with_themselves() -> None:
    rows = unit_rows(np.array([[1, 0], [1, 0.01], [0, 1]], np.float32))
    pairs, cosines = close_pairs(rows, rows, least=0.9, same=True)
    assert pairs.tolist() == [[0, 1]]
    assert cosines[0] > 0.999
