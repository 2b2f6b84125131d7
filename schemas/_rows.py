"""Rows: one image in one split."""

from __future__ import annotations

from typing import Final

REAL: Final = "real"
SYNTHETIC: Final = "synthetic"
TRAIN: Final = "train"
EVAL_SPLITS: Final = ("val", "test")
MAX_LABEL: Final = 2**31 - 1

# DuckDB types while reading; Arrow types once written are large_string, int32 and dictionary.
COLUMNS: Final = {
    "path": "VARCHAR",  # as written; joined to its root when opened
    "label": "BIGINT",  # class id
    "source": "VARCHAR",
    "split": "VARCHAR",
    "root": "VARCHAR",
    "file": "VARCHAR",  # where the row was listed
    "line": "BIGINT",  # 1-based, in file
}


def source_name(text: str, /) -> str:
    """A source as it was given, but for `real` and `synthetic` in capitals: they decide what rows count as.

    >>> source_name(" Synthetic "), source_name("Scraped")
    ('synthetic', 'Scraped')
    """
    stripped = text.strip()
    return stripped.lower() if stripped.lower() in (REAL, SYNTHETIC) else stripped
