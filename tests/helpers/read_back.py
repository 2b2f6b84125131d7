"""Data sets written to disk and read back as comparable rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datatool.rows import open_rows, resolve

Images = Counter[tuple[str, str, str, str]]  # absolute path, class name, split, source


def read_images(dataset: Path | str, /, **options: Any) -> Images:
    """Every row as (image, class name, split, source); the name of a class without one is its id."""
    with open_rows(resolve(str(dataset), **options)) as rows:
        names = rows.names or {}
        return Counter(
            (os.path.abspath(os.path.join(root, path)), names.get(label, str(label)), split, source)
            for path, label, source, split, root in rows.read()
            .execute("SELECT path, label, source::VARCHAR, split::VARCHAR, root::VARCHAR FROM rows")
            .fetchall()
        )


def read_labels(dataset: Path | str, /) -> list[int]:
    """Labels of all rows in order."""
    with open_rows(resolve(str(dataset))) as rows:
        found: Sequence[tuple[int]] = rows.read().execute("SELECT label FROM rows ORDER BY split, path").fetchall()
        return [label for (label,) in found]
