"""What DATASET may be, in the words of `datatool.rows.READERS`. Written by `make docs`."""

from __future__ import annotations

from typing import Final

FORMATS: Final = ", ".join(
    [
        "a list (path label per line, plain or gzip, - for standard input)",
        "CSV/TSV",
        "JSON lines",
        "Arrow/Feather",
        "Parquet",
        "a folder of class folders",
        "tar shards",
        "zip",
    ]
)
