"""Files that are named as images are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from datatool.rows._grammar import IMAGE_EXTENSIONS

SUFFIXES: Final = frozenset({*(f".{each}" for each in IMAGE_EXTENSIONS), ".avif"})


def names_image(path: str | Path, /) -> bool:
    """Whether a name ends as names of images do."""
    return Path(path).suffix.lower() in SUFFIXES


def pictures_below(folder: Path, /) -> list[str]:
    """Every file below a folder that is named as images are, sorted."""
    return sorted(str(file) for file in folder.rglob("*") if names_image(file) and file.is_file())
