"""Labels that were made wrong are found, counted and capped."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.suspects._labels import accused_rows, judge_labels
from datatool.suspects._planted import Planting, count_errors, wilson
from tests.helpers.digits import average_precision, digits, made_wrong


@pytest.mark.slow
def test_wrong_digits_are_ranked_first_and_counted() -> None:
    """5 % wrong at random: average precision at least 0.9; the bound holds; most of the accused are wrong."""
    features, labels = digits()
    wrong, bad = made_wrong(labels, 0.05, num_classes=10, seed=11)
    found = judge_labels(features, wrong, np.arange(len(wrong)), num_classes=10, seed=0)
    assert average_precision(found.score, bad) >= 0.9
    assert found.errors is not None
    assert bad.sum() <= found.errors.upper
    assert 0.5 * bad.sum() <= found.errors.estimate <= 2 * bad.sum()
    assert bad[found.accused].mean() >= 0.8
    assert (found.suggested[bad & found.accused] == labels[bad & found.accused]).mean() >= 0.9


@pytest.mark.slow
def test_clean_digits_have_hardly_a_wrong_label() -> None:
    features, labels = digits()
    found = judge_labels(features, labels, np.arange(len(labels)), num_classes=10, seed=0)
    assert found.errors is not None
    assert found.errors.estimate <= 0.01 * len(labels)
    assert found.errors.upper <= 0.03 * len(labels)
    assert found.accused.sum() <= found.errors.estimate


def test_small_classes_are_not_accused_and_tiny_ones_not_judged() -> None:
    features, labels = digits()
    kept = np.concatenate([np.flatnonzero(labels == c)[:n] for c, n in ((0, 4), (1, 15), (2, 120), (3, 120))])
    features, labels = features[kept], labels[kept].copy()
    labels[[5, 6, 7]] = 2  # ones under another class
    labels[-10:] = 1  # threes in the small class
    found = judge_labels(features, labels, np.arange(len(labels)), num_classes=4, seed=0)
    assert np.isnan(found.score[labels == 0]).all()
    assert any("under 5 rows" in note for note in found.notes)
    sizes = np.bincount(labels, minlength=4)
    for c in range(4):
        assert found.accused[labels == c].sum() <= (0.2 * sizes[c] if sizes[c] >= 20 else 0)


def test_features_that_know_nothing_give_no_ranking() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 8)).astype(np.float32)
    found = judge_labels(features, np.arange(300) % 3, np.arange(300), num_classes=3, seed=0)
    assert np.isnan(found.score).all()
    assert found.errors is None
    assert "not judged" in found.notes[0]


def test_one_class_is_not_judged() -> None:
    features, _ = digits()
    found = judge_labels(features[:40], np.zeros(40, np.int64), np.arange(40), num_classes=1, seed=0)
    assert found.errors is None
    assert not found.accused.any()


def test_no_more_rows_are_accused_than_there_are_errors() -> None:
    score = np.linspace(-1, 1, 100)
    named = accused_rows(score, np.zeros(100, np.int64), sizes=np.array([100.0]), most=7)
    assert np.flatnonzero(named).tolist() == list(range(93, 100))


def test_planted_rows_that_are_never_found_leave_the_bound_open() -> None:
    """Planted rows at the end of the ranking: every other row may be wrong."""
    planted = np.arange(1000) >= 950
    errors = count_errors([Planting(-np.arange(1000.0), planted)], num_rows=1000)
    assert errors.upper == 1000


def test_planted_rows_on_top_leave_few_errors() -> None:
    planted = np.arange(1000) < 50
    errors = count_errors([Planting(-np.arange(1000.0), planted)], num_rows=1000)
    assert errors.estimate == 0
    assert errors.upper < 20


def test_limits_are_those_of_wilson() -> None:
    low, high = wilson(np.float64(0), 20.0)  # type: ignore[arg-type]
    assert low == 0.0
    assert abs(float(high) - 0.1611) < 1e-3
