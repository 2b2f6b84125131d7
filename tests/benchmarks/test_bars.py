"""The figures in the docs are what the results come to, and an interrupted benchmark goes on."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.program import REPOSITORY

BENCHMARKS = REPOSITORY / "benchmarks"


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("bars")


@pytest.mark.parametrize("name", ["advise", "suspects"])
def test_the_tables_of_the_docs_are_those_of_the_results(bars: ModuleType, name: str) -> None:
    text = (REPOSITORY / "docs" / f"{name}.md").read_text("utf-8")
    lines = bars.table(getattr(bars, name)())
    assert len(lines) > 4
    assert "\n".join(lines) in text, "paste what python benchmarks/bars.py prints"


def test_a_bar_that_is_missed_says_no(bars: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "RESULTS", tmp_path)
    (tmp_path / "advise_time.csv").write_text("kind,cpu_seconds\ncold,59.0\nwarm,16.0\n")
    assert [line.split(" | ")[-1] for line in bars.table(bars.advise())[2:]] == ["yes |", "no |"]


def test_a_bar_that_is_reached_on_fewer_draws_than_asked_says_so(
    bars: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missed one says no all the same."""
    monkeypatch.setattr(bars, "RESULTS", tmp_path)
    for regret, draws, said in ((0.001, 3, "so far"), (0.001, 12, "yes"), (0.5, 3, "no")):
        rows = [f"lt50,{draw},balanced,better,0.1,{regret},sqrt" for draw in range(draws)]
        head = "profile,draw,objective,verdict,true_gain,regret,recommended"
        (tmp_path / "advise_draws.csv").write_text("\n".join([head, *rows]) + "\n")
        assert bars.table(bars.advise())[2].endswith(f"| {said} |")


def test_results_grow_row_by_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    results = importlib.import_module("machine").Results
    results(tmp_path / "r.csv").add({"draw": 1, "way": "a, b", "gain": 0.5})
    again = results(tmp_path / "r.csv")
    assert again.has(draw=1, way="a, b")
    assert not again.has(draw=2)
    again.add({"draw": 2, "way": "c", "gain": 0.25})
    assert [row["gain"] for row in results(tmp_path / "r.csv").rows] == ["0.5", "0.25"]
