"""Data sets read into rows, whatever they are written in."""

from __future__ import annotations

from datatool.rows._open import open_rows
from datatool.rows._paths import ListedPath, listed_paths, names_image, pictures_below
from datatool.rows._resolve import resolve
from datatool.rows._rows import Rows

__all__ = ["ListedPath", "Rows", "listed_paths", "names_image", "open_rows", "pictures_below", "resolve"]
