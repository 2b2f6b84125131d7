"""What is not judged is said, and rows of each kind are as the table promises."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from datatool.suspects import SuspectsOptions, _find, _labels
from datatool.suspects._find import Found, find_suspects
from tests.helpers.looked_at import clouds, probe_of, rows_of

LABELS = [0] * 60 + [1] * 60 + [2] * 3


def found(labels: list[int], *, synthetic: int = 0, apart: float = 4.0) -> Found:
    probe = probe_of(rows_of(labels, synthetic=synthetic), clouds(labels, apart=apart))
    return find_suspects(probe, options=SuspectsOptions())


def test_every_row_stands_once_as_label_and_once_as_outlier_the_most_suspicious_first() -> None:
    told = found(LABELS)
    kinds = Counter((one.kind, one.row) for one in told.suspects)
    for kind in ("label", "outlier"):
        assert [kinds[kind, row] for row in range(len(LABELS))] == [1] * len(LABELS)
    scores = [one.score for one in told.suspects if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert all(one.code is None for one in told.suspects if not one.accused)


def test_rows_of_a_class_under_five_have_no_score_and_that_is_said() -> None:
    told = found(LABELS)
    assert {one.row for one in told.suspects if one.score is None} == {120, 121, 122}
    assert "1 classes under 5 rows are not judged" in told.notes


def test_a_set_of_few_pictures_has_no_outliers() -> None:
    told = found([0] * 20 + [1] * 20)
    assert "no picture is called an outlier among fewer than 50" in told.notes
    assert not any(one.accused for one in told.suspects if one.kind == "outlier")


def test_large_sets_are_not_compared_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_find, "MAX_PAIRED", 100)
    told = found(LABELS)
    assert any("near-duplicates are not looked for" in note for note in told.notes)
    assert not any(one.kind == "near-duplicate" for one in told.suspects)


def test_a_ranking_that_misses_what_was_made_wrong_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_labels, "LEAST_FOUND", 1.1)
    told = found(LABELS)
    assert any("no label is accused" in note for note in told.notes)
    assert not told.labels.accused.any()


def test_synthetic_rows_under_a_wrong_class_are_named() -> None:
    """Five of thirty lie among the other class; real rows are never of that kind."""
    labels = [0] * 60 + [1] * 60 + [0] * 30
    features = clouds([*labels[:145], 1, 1, 1, 1, 1], apart=8.0)
    told = find_suspects(probe_of(rows_of(labels, synthetic=30), features), options=SuspectsOptions())
    made = [one for one in told.suspects if one.kind == "synthetic"]
    assert {one.row for one in made} == set(range(120, 150))
    accused = {one.row for one in made if one.accused}
    assert accused <= set(range(145, 150))
    assert accused
    assert {one.row for one in made[:5]} == set(range(145, 150)), "the wrong ones come first"
    assert {one.suggested for one in made if one.accused} == {1}
    assert 0 in told.domains


def test_wrong_labels_are_counted_and_named() -> None:
    labels = [0] * 100 + [1] * 100
    features = clouds(labels, apart=8.0)
    wrong = [1] * 4 + labels[4:]
    told = find_suspects(probe_of(rows_of(wrong), features), options=SuspectsOptions())
    assert told.labels.errors is not None
    assert told.labels.errors.upper >= 4
    first = [one.row for one in told.suspects if one.kind == "label"][:4]
    assert set(first) == {0, 1, 2, 3}
    assert set(np.flatnonzero(told.labels.accused)) <= {0, 1, 2, 3}
