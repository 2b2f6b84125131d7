"""Small data sets, and their rows as plain tuples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.rows import open_rows, resolve

Read = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file under the test's folder."""

    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def read() -> Read:
    """Rows of a data set in order: path, label, source, split, line."""

    def rows(dataset: object, shown: str = "path, label, source, split, line", **options: Any) -> list[tuple[Any, ...]]:
        with open_rows(resolve(None if dataset is None else str(dataset), **options)) as opened:
            found: list[tuple[Any, ...]] = (
                opened.read().execute(f"SELECT {shown} FROM rows ORDER BY file, line").fetchall()
            )
        return found

    return rows
