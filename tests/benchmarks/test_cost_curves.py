"""The script of the cost curves: each curve runs at its smallest size, and the picture shows all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def curves(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import cost_curves

    yield cost_curves
    for name in ("cost_curves", "bench_train", "bench_plan", "bench_audit", "machine"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["sampler, cells", "loader, 1 thread", "loader, 2 threads", "plan building"])
def test_a_curve_has_a_cost_at_its_smallest_size(curves: Any, name: str) -> None:
    measure, sizes, _ = curves.CURVES[name]
    assert measure(sizes[0] // 10 if name == "plan building" else sizes[0]) > 0


def test_a_training_step_has_a_cost(curves: Any) -> None:
    pytest.importorskip("paddle")
    assert curves.training_step(2) > 0


def test_curves_are_kept_beside_others_and_drawn(curves: Any, tmp_path: Path) -> None:
    made = {name: [(1.0, 0.1), (10.0, 1.0), (100.0, 10.0)] for name in ("audit", "training step")}
    curves.write(made, tmp_path / "a.csv")
    assert curves.read_points(tmp_path / "a.csv") == made
    assert "training step: size^1.00" in (tmp_path / "a.svg").read_text()
