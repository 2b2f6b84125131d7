"""Rows as arrays, and the groups that hold some of them together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datatool.advise._cross import make_folds
from datatool.errors import ConfigError, DatasetError
from datatool.probe import ProbeRows, joined, pairs_of, probe_rows
from datatool.rows import Grouping, open_rows, resolve


def grouped(file: Path, **by: str) -> ProbeRows:
    with open_rows(resolve(str(file))) as rows:
        return probe_rows(rows, grouping=Grouping(**by))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = [f"{number}.jpg,{number % 2},{f'scene {number // 4}' if number < 12 else ''}" for number in range(20)]
    (tmp_path / "t.csv").write_text("".join(f"{line}\n" for line in ("path,label,scene", *lines)))
    return tmp_path / "t.csv"


def test_rows_of_one_group_are_joined_and_those_of_none_are_alone(table: Path) -> None:
    rows = grouped(table, column="scene")
    expected = [number // 4 * 4 if number < 12 else number for number in range(20)]
    assert joined(20, pairs_of(rows.group)).tolist() == expected
    assert grouped(table, pattern=r"^1\d").group is not None
    assert rows.some(np.arange(12, 20)).group is not None


def test_without_a_grouping_there_are_no_groups(table: Path) -> None:
    with open_rows(resolve(str(table))) as rows:
        found = probe_rows(rows, split="train")
    assert found.group is None
    assert found.some(np.arange(3)).group is None
    assert pairs_of(found.group).shape == (0, 2)


def test_a_grouping_that_groups_nothing_is_refused(table: Path) -> None:
    with pytest.raises(DatasetError, match="must put a row into a group"):
        grouped(table, pattern="nowhere")
    with pytest.raises(ConfigError, match="grouped in one way"):
        Grouping(column="scene", pattern="x")


def test_folds_of_advice_keep_groups_together(table: Path) -> None:
    """Features that are all alike in nothing but their group."""
    from types import SimpleNamespace

    rows = grouped(table, column="scene")
    probe = SimpleNamespace(rows=rows, features=np.eye(20, dtype=np.float32))
    folds = make_folds(probe, np.full(20, -1), seed=0)  # type: ignore[arg-type]
    assert rows.group is not None
    for fold in folds.fold:
        for name in ("scene 0", "scene 1", "scene 2"):
            assert len(set(fold[rows.group == name].tolist())) == 1
