"""Data sets read into rows, whatever they are written in."""

from __future__ import annotations

from datatool.rows._open import open_rows
from datatool.rows._resolve import resolve
from datatool.rows._rows import Rows

__all__ = ["Rows", "open_rows", "resolve"]
