"""Rows in the order of an index, sorted in pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.balance import BalanceOptions, draft_plan, make_plan
from datatool.balance.by_cell import _pieces, _runs
from datatool.errors import DatasetError
from datatool.rows import Rows, open_rows, resolve

ROWS = 3000


def _write(path: Path, *, top: int = 40, odd: bool = False) -> None:
    """A list whose first class has half of the rows; odd lines are ones that a reader gives behind the others."""
    random = np.random.default_rng(0)
    labels = np.where(random.random(ROWS) < 0.5, 0, random.integers(0, 40, ROWS) * (top // 40))
    lines = [f"{'synth_' if number % 5 == 0 else ''}{number} x{number}.jpg {one}" if odd and number % 7 == 0
             else f"{'synth_' if number % 5 == 0 else ''}{number}.jpg {one}"
             for number, one in enumerate(labels.tolist())]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")


def _sorted(rows: Rows, *, keep: bool = False) -> list[tuple[Any, ...]]:
    draft = draft_plan(rows, strategy="natural", seed=0, options=BalanceOptions(), keep_rows=keep)
    batches = list(_runs.rows_by_cell(rows, draft.cells, split="train", kept=draft.kept))
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def _reference(rows: Rows) -> list[tuple[Any, ...]]:
    query = "SELECT path, root::VARCHAR, file::VARCHAR, line FROM rows ORDER BY label, source, rows.file, line"
    found: list[tuple[Any, ...]] = rows.read().execute(query).fetchall()
    return found


@pytest.fixture(params=[64, 1 << 18], ids=["many runs", "one run"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(_runs, "_RUN", request.param)
    return int(request.param)


@pytest.fixture(params=[(1, 0), (1 << 18, 1 << 15)], ids=["small pieces", "large pieces"])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Pieces as small as their batches, put in order by pyarrow, and all rows in one, put in order by Python."""
    for name, value in zip(("_PIECE", "_FEW"), request.param, strict=True):
        monkeypatch.setattr(_pieces, name, value)
    return int(request.param[0])


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("top", [40, 2_000_000_000])
def test_rows_come_as_a_database_sorts_them(tmp_path: Path, run: int, piece: int, top: int, odd: bool) -> None:
    for name in ("b", "a"):
        _write(tmp_path / f"{name}.txt", top=top, odd=odd)
    lists = ", ".join(f"{{list: {name}.txt, root: {name}}}" for name in ("b", "a"))
    (tmp_path / "d.yaml").write_text(f"schema: datatool.dataset/1\ntrain: [{lists}]\n")
    with open_rows(resolve(str(tmp_path / "d.yaml"), synthetic=["synth_*"])) as rows:
        kept = _sorted(rows, keep=True)
        assert not list(rows.scratch.glob("kept*"))  # what was kept is gone
        made = _sorted(rows)
        assert made == kept
        assert not rows.is_read
        assert made == _reference(rows)
        assert made == _sorted(rows)  # of a table too


def test_a_list_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text in ("a.jpg 0\nb.jpg 1\nc.jpg 1\n", "a.jpg 0\nb.jpg 0\n", "a.jpg 0\nb.jpg 5\n"):
        path.write_text("a.jpg 0\nb.jpg 1\n")
        with open_rows(resolve(str(path))) as rows:
            draft = draft_plan(rows, strategy="natural", seed=0, options=BalanceOptions())
            path.write_text(text)
            with pytest.raises(DatasetError, match="must stay as it is"):
                list(_runs.rows_by_cell(rows, draft.cells, split="train"))


def test_plans_of_many_runs_and_pieces_and_of_one_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "a.txt")
    made = []
    for run, size in ((64, 1), (1 << 18, 1), (64, 1 << 18), (1 << 18, 1 << 18)):
        monkeypatch.setattr(_runs, "_RUN", run)
        monkeypatch.setattr(_pieces, "_PIECE", size)
        with open_rows(resolve(str(tmp_path / "a.txt"))) as rows:
            make_plan(rows, strategy="sqrt", out=tmp_path / "a.plan")
        made.append((tmp_path / "a.plan" / "index.arrow").read_bytes())
    assert set(made) == {made[0]}


@pytest.mark.parametrize("first", ["a.jpg", "./a.jpg"])
def test_a_list_is_parsed_once_for_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """But for paths that must be normalised, which are counted again."""
    (tmp_path / "a.txt").write_text(f"{first} 0\nb.jpg 1\n")
    passes: list[Any] = []
    batches = Rows.batches

    def counted(*given: Any, **named: Any) -> Any:
        passes.append(given)
        return batches(*given, **named)

    monkeypatch.setattr(Rows, "batches", counted)
    with open_rows(resolve(str(tmp_path / "a.txt"))) as rows:
        plan = make_plan(rows, strategy="sqrt", out=tmp_path / "a.plan")
    assert plan.rows(np.array([0, 1])).path == [first, "b.jpg"]
    assert len(passes) == (1 if first == "a.jpg" else 2)


def test_rows_of_one_split_are_kept(tmp_path: Path) -> None:
    """Another split's rows are counted, and no more."""
    for name in ("train", "val"):
        (tmp_path / f"{name}.txt").write_text(f"{name}1.jpg 0\n{name}2.jpg 1\n")
    named = {name: str(tmp_path / f"{name}.txt") for name in ("train", "val")}
    with open_rows(resolve(None, splits=named)) as rows:
        assert [path for path, *_ in _sorted(rows, keep=True)] == ["train1.jpg", "train2.jpg"]


def test_a_piece_is_read_in_so_many_parts_at_most() -> None:
    runs = _runs._runs(np.full(10_000, 1 << 18))
    assert int(runs[-1]) < 2 * _runs._MOST_RUNS
    assert (np.diff(runs.astype(int)) >= 0).all()
