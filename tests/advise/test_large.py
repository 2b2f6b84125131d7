"""A thousand classes: one split, three ways, and that is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.advise import AdviseOptions, _advise, advise
from datatool.probe import BackboneOptions, Probe, settle_backbone
from datatool.rows import open_rows, resolve
from tests.helpers.frozen import frozen_recipe

NUM, WIDTH = 1000, 24


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Ten rows of even classes, five of odd ones, one of the last."""
    sizes = [1 if number == NUM - 1 else 5 + 5 * (number % 2 == 0) for number in range(NUM)]
    lines = [f"{number}_{row}.jpg {number}" for number, size in enumerate(sizes) for row in range(size)]
    (tmp_path / "many.txt").write_text("".join(f"{line}\n" for line in lines))
    return tmp_path / "many.txt"


class _Opened:
    """In place of pictures: features that a class's rows share but for noise."""

    def __init__(self, rows: Any, backbone: Any, **_: Any) -> None:
        random = np.random.default_rng(0)
        middle = random.normal(size=(NUM, WIDTH))
        shaped = (middle[rows.place] + 0.5 * random.normal(size=(len(rows), WIDTH))).astype(np.float32)
        nothing: Any = None
        self.probe = Probe(
            rows=rows, unreadable=rows.some(np.zeros(0, np.int64)), shaped=shaped, backbone=backbone, model=nothing,
            home=Path(),
        )  # fmt: skip

    def __enter__(self) -> Probe:
        return self.probe

    def __exit__(self, *_: object) -> None:
        """Nothing to free."""


@pytest.mark.slow
def test_a_thousand_classes_are_split_once_and_trained_in_three_ways(
    home: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_advise, "open_probe", _Opened)
    backbone = settle_backbone(BackboneOptions(recipe=frozen_recipe(home, run={"epochs": 2})))
    with open_rows(resolve(str(listed))) as rows:
        told = advise(rows, backbone, options=AdviseOptions())
    assert [(way.name, way.trained) for way in told.ways] == [
        ("natural", True), ("sqrt", True), ("oversample", True), ("logit-adjust", False)
    ]  # fmt: skip
    assert told.repeats == 1
    said = " ".join(told.refused)
    assert "one split of 80 to 20" in said
    assert "weights:inverse: three ways" in said
    assert "recalls of classes under 5 real rows: 999" in said
    assert len(told.classes) == NUM
    assert told.classes[-1].recall is None
    assert all(way.verdict in ("better", "worse", "no difference", "cannot tell") for way in told.ways)


def test_a_class_of_one_row_is_told_and_weighs_in_the_value() -> None:
    """What is worth something is every class with a real row; what is printed leaves the small ones out."""
    from datatool.advise._judge import judged
    from datatool.advise._objective import make_objective
    from datatool.advise._ways import Way

    counts = np.array([30, 30, 1])
    objective = make_objective("balanced", counts, ["a", "b", "c"], [0, 1, 2])
    place = np.repeat([0, 1, 2], counts)
    hits = {"natural": np.where(place == 2, 0.0, 1.0), "logit-adjust": np.ones(61)}
    found = judged(hits, place, [Way(name="natural"), Way(name="logit-adjust", trained=False)], objective)
    assert found.ways[0].value == pytest.approx(2 / 3, abs=1e-4)
    assert found.ways[0].value_of_large == 1.0
    assert found.ways[1].verdict == "cannot tell", "one row proves nothing"
