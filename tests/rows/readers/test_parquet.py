"""Parquet: rows do not depend on how a writer laid them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from datatool.rows import open_rows, resolve

Read = Callable[..., list[tuple[Any, ...]]]
ROWS = 25_000
LABELS = [None if at % 1_000 == 3 else f"class {at * at % 70}" for at in range(ROWS)]
TABLE = pa.table({"path": [f"images/{at:05d}.jpg" for at in range(ROWS)], "label": LABELS})


@pytest.mark.parametrize("group", [100, 12_500, ROWS])
@pytest.mark.parametrize("coded", [True, False])
def test_rows_are_the_same_whatever_the_size_of_row_groups(tmp_path: Path, read: Read, group: int, coded: bool) -> None:
    pa.parquet.write_table(TABLE, tmp_path / "a.parquet", row_group_size=group, use_dictionary=coded)
    ids = {name: at for at, name in enumerate(sorted({label for label in LABELS if label is not None}))}
    expected = [(f"images/{at:05d}.jpg", ids[label], at + 1) for at, label in enumerate(LABELS) if label is not None]
    assert sorted((row[0], row[1], row[4]) for row in read(tmp_path / "a.parquet")) == expected
    with open_rows(resolve(str(tmp_path / "a.parquet"))) as rows:
        found = rows.read().execute("SELECT line, reason FROM faults ORDER BY line").fetchall()
    assert found == [(at + 1, "no label in its column") for at in range(3, ROWS, 1_000)]
