"""The rows of a data set in a DuckDB database of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datatool.schemas import Dataset, ListedFile


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Every row and every fault of a data set, ready for SQL.

    Tables of ``connection``:

    ======== ==============================================  =========================================
    rows     path, label, source, split, root, file, line    usable rows; the last four and source are
                                                             enumerations, which compare as text
    faults   code, file, line, text, reason                  one per line that gave no row (E1xx)
    words    path, word, source, split, root, file, line     rows whose label is a word (E107)
    notes    code, file, line, text, reason, count           counted remarks with one example (I109, W110)
    ======== ==============================================  =========================================
    """

    connection: Any
    dataset: Dataset
    files: tuple[ListedFile, ...]
    names: Mapping[int, str] | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    """What one reader of these rows computed and another may reuse."""
