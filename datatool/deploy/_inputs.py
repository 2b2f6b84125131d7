"""What `datatool predict` is pointed at, as a list of image files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".jp2", ".avif"})


def image_paths(inputs: Sequence[str], /, *, root: str | None = None) -> list[str]:
    """Image files, folders (every image below, sorted) and DATASETs, in the order given.

    Args:
        inputs: At least one. A list may hold bare paths, one per line, since no label is needed.
        root: Where the paths of a DATASET are opened; default: the folder of its list.

    Raises:
        DatasetError: If an input does not exist or brings no image.
    """
    found: list[str] = []
    for each in inputs:
        paths = _paths(each, root)
        if not paths:
            raise DatasetError(f"images to predict must be there; '{each}' brings none")
        found += paths
    return found


def _paths(given: str, root: str | None) -> list[str]:
    path = Path(given)
    if path.is_dir():
        return sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if path.suffix.lower() in SUFFIXES:
        return [given]
    with open_rows(resolve(given, root=root)) as rows:
        listed = rows.connection.execute("SELECT root || '/' || path FROM rows ORDER BY file, line").fetchall()
    return [row[0] for row in listed] or _bare_paths(path, Path(root) if root else path.parent)


def _bare_paths(path: Path, root: Path) -> list[str]:
    """Lines that are nothing but a path."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return [str(root / line.strip()) for line in lines if Path(line.strip()).suffix.lower() in SUFFIXES]
