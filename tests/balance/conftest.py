"""Small data sets: lists of paths whose images nobody opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.balance import BalanceOptions, make_plan
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from tests.helpers.lists import MakePlan, WriteList


@pytest.fixture
def write_list(tmp_path: Path) -> WriteList:
    """Write a list of (class, source, rows) cells, shuffled as lists are; synthetic paths start with `synth/`."""

    def write(*cells: tuple[int, str, int], name: str = "labels.txt") -> Path:
        lines = [
            f"{'synth' if source == 'synthetic' else 'images'}/{label}/{number:04d}.jpg {label}"
            for label, source, rows in cells
            for number in range(rows)
        ]
        file = tmp_path / name
        file.write_text("\n".join(lines[::2] + lines[1::2]) + "\n")
        return file

    return write


@pytest.fixture
def plan_of(write_list: WriteList, tmp_path: Path) -> MakePlan:
    """Make a plan of (class, source, rows) cells."""

    def make(*cells: tuple[int, str, int], strategy: str = "natural", seed: int = 0, **options: object) -> Plan:
        dataset = resolve(str(write_list(*cells)), synthetic=["synth/*"])
        with open_rows(dataset) as rows:
            return make_plan(
                rows,
                strategy=strategy,
                out=tmp_path / "labels.plan",
                seed=seed,
                options=BalanceOptions(**options),  # type: ignore[arg-type]
            )

    return make
