"""A trained run, opened again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.balance import BalanceOptions, make_plan
from datatool.deploy import export
from datatool.evaluation import open_trained
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from tests.helpers.runs import Run

ANYWHERE = BalanceOptions(allow_outside_root=True)


@pytest.fixture
def mixed_run(run: Run, home: Path) -> Path:
    """A run without a val list, of 36 real and 3 synthetic rows."""
    (home / "synthetic.txt").write_text("".join(f"pictures/train_{label}_0.jpg {label}\n" for label in range(3)))
    (home / "joined.yaml").write_text(
        "schema: datatool.dataset/1\ntrain:\n  - {list: train.txt}\n  - {list: synthetic.txt, source: synthetic}\n"
    )
    return run(data={"train": "joined.yaml", "strategy": "oversample", "val": None}, run={"epochs": 1})


@pytest.mark.parametrize(("source", "count", "labels"), [("real", 6, [0, 0, 0, 0, 1, 2]), ("synthetic", 9, [0, 1, 2])])
def test_some_train_rows_lie_evenly_over_the_cells_of_a_source(
    mixed_run: Path, source: str, count: int, labels: list[int]
) -> None:
    rows = open_trained(mixed_run).some_train_rows(source, count)

    assert rows.label.tolist() == labels
    assert set(rows.source) == {source}
    assert len(set(rows.path)) == len(labels)
    assert all(Path(path).exists() for path in rows.path)


def test_an_export_without_a_val_list_reads_no_more_rows_than_it_looks_at(
    mixed_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan may have millions."""
    read: list[int] = []
    real = Plan.rows

    def rows(plan: Plan, numbers: Any, /) -> Any:
        read.append(len(np.asarray(numbers)))
        return real(plan, numbers)

    monkeypatch.setattr(Plan, "rows", rows)
    done = export(mixed_run, out=tmp_path / "model", num_images=7)

    assert done.meta.verified.images == 7
    assert sum(read) == 7


def test_train_rows_with_absolute_paths_stay_where_they_are(run: Run, home: Path) -> None:
    listed = [f"{home.resolve()}/{line}\n" for line in (home / "train.txt").read_text().splitlines()]
    (home / "absolute.txt").write_text("".join(listed))
    with open_rows(resolve(str(home / "absolute.txt"))) as rows:
        make_plan(rows, strategy="natural", out=home / "absolute.plan", options=ANYWHERE)
    made = run(data={"train": "absolute.plan", "val": None}, run={"epochs": 1})

    found = open_trained(made).some_train_rows("real", 3)

    assert [f"{path} {label}\n" for path, label in zip(found.path, found.label, strict=True)] == [
        listed[0],
        listed[18],
        listed[35],
    ]
