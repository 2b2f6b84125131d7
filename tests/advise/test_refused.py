"""What advice refuses, each in a sentence of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from datatool.advise import AdviseOptions
from datatool.advise._advise import _objective, _refused, _require_classes
from datatool.advise._cross import cross_validate, make_folds
from datatool.advise._growth import grow
from datatool.advise._ways import parse_way
from datatool.errors import ConfigError, DatasetError
from datatool.probe import Backbone
from datatool.probe._probe import _refuse_blind
from datatool.schemas import Recipe
from tests.helpers.looked_at import clouds, probe_of, rows_of


def said(labels: list[int], *, synthetic: int = 0) -> str:
    rows = rows_of(labels, synthetic=synthetic)
    probe = probe_of(rows, clouds(labels))
    folds = make_folds(probe, np.full(len(rows), -1), seed=0)
    return "; ".join(_refused(rows, folds, grow(probe, folds, seed=0) is None, True))


def test_three_things_are_never_told() -> None:
    told = said([0] * 30 + [1] * 30)
    for what in ("how many more pictures a single class needs", "more than 4 times", "beyond the head"):
        assert what in told
    assert "under 5 real rows" not in told
    assert "too few to tell" not in told


def test_recalls_of_small_classes_are_refused_by_name() -> None:
    assert "recalls of classes under 5 real rows: cat" in said([0] * 4 + [1] * 30 + [2] * 30)


def test_classes_without_a_real_row_are_not_scored() -> None:
    assert "classes without a real row, which are not scored: 2" in said([0] * 30 + [1] * 30 + [2] * 6, synthetic=6)


def test_growth_from_a_handful_is_refused() -> None:
    assert "what twice the pictures would give: too few to tell" in said([0] * 7 + [1] * 7)


def test_fewer_than_two_classes_of_five_real_rows_are_refused() -> None:
    with pytest.raises(DatasetError, match="two classes of 5 real rows in train; got 1"):
        _require_classes(rows_of([0] * 30 + [1] * 4))
    with pytest.raises(DatasetError, match="got 1"):
        _require_classes(rows_of([0] * 30 + [1] * 30, synthetic=30))


def test_a_backbone_that_sees_no_difference_is_refused() -> None:
    with pytest.raises(ConfigError, match="same features"):
        _refuse_blind(np.ones((4, 8), np.float32))
    with pytest.raises(ConfigError, match="must be finite"):
        _refuse_blind(np.full((4, 8), np.nan, np.float32))


def test_a_deployment_prior_without_a_class_that_is_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prior.json").write_text('{"1": 1.0}')
    options = AdviseOptions(objective=f"deploy:{tmp_path / 'prior.json'}")
    with pytest.raises(ConfigError, match="must have a share of a class with real rows; got none"):
        _objective(rows_of([0] * 30 + [2] * 30 + [1] * 6, synthetic=6), options)


def test_a_trainer_that_cannot_begin_again_is_refused() -> None:
    labels = [0] * 20 + [1] * 10
    probe = probe_of(rows_of(labels), clouds(labels))
    model: Any = SimpleNamespace(trainer=SimpleNamespace(begin_again=lambda *_: False))
    recipe = Recipe.parse({"run": {"trainer": "mine"}})
    probe = replace(probe, backbone=Backbone(recipe=recipe, base=Path(), run=None, known=True), model=model)
    folds = make_folds(probe, np.full(30, -1), seed=0)
    with pytest.raises(ConfigError, match="train on kept features; 'mine' cannot"):
        cross_validate(probe, [parse_way("natural")], folds, seed=0)


def test_a_file_of_cells_is_no_way() -> None:
    with pytest.raises(ConfigError, match="must name formulas; got a file of cells"):
        parse_way("cells:file.csv")
