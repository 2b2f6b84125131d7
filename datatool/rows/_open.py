"""A resolved data set, read into a database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from datatool.rows._list import read_list
from datatool.rows._rows import Rows
from datatool.rows._store import create_tables, open_store
from datatool.schemas import Dataset


@contextlib.contextmanager
def open_rows(dataset: Dataset, /, *, memory_limit: str | None = None) -> Iterator[Rows]:
    """Read every part of a data set.

    Args:
        dataset: From `resolve`.
        memory_limit: What DuckDB may hold before it spills to disk, as it spells it (``"2GB"``).

    Raises:
        DatasetError: If a part cannot be read at all; faults of single lines are rows of the table ``faults``.
    """
    with open_store(memory_limit=memory_limit) as connection:
        create_tables(connection, dataset.parts, [part.source for part in dataset.parts if part.source])
        files = tuple(read_list(connection, part) for part in dataset.parts)
        yield Rows(connection=connection, dataset=dataset, files=files)
