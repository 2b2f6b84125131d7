"""The DuckDB database that rows are read into."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, Final

from datatool.schemas import REAL, SYNTHETIC, Part

MEMORY_LIMIT: Final = "768MiB"


def enum_sql(values: Sequence[str], /) -> str:
    """An ENUM type of the given values, in their order and without repeats."""
    return "ENUM (" + ", ".join(quote(value) for value in dict.fromkeys(values)) + ")"


def quote(text: str, /) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@contextlib.contextmanager
def open_store(*, memory_limit: str | None) -> Iterator[Any]:
    """A fresh database that spills to a temporary folder, removed at the end."""
    import duckdb

    folder = tempfile.mkdtemp(prefix="datatool-")
    connection = duckdb.connect(config={"temp_directory": folder, "memory_limit": memory_limit or MEMORY_LIMIT})
    try:
        yield connection
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def create_tables(connection: Any, parts: Sequence[Part], sources: Sequence[str], /) -> None:
    """Make the empty tables; splits, roots, files and sources are known by now."""
    for name, values in {
        "source": [REAL, SYNTHETIC, *sources],
        "split": [part.split for part in parts],
        "root": [str(part.root) for part in parts],
        "file": [part.path for part in parts],
    }.items():
        connection.execute(f"CREATE TYPE {name}_enum AS {enum_sql(values)}")
    place = "source source_enum, split split_enum, root root_enum, file file_enum, line BIGINT"
    connection.execute(f"CREATE TABLE rows (path VARCHAR, label BIGINT, {place})")
    connection.execute(f"CREATE TABLE words (path VARCHAR, word VARCHAR, {place})")
    connection.execute("CREATE TABLE faults (code VARCHAR, file VARCHAR, line BIGINT, text VARCHAR, reason VARCHAR)")
    connection.execute(
        "CREATE TABLE notes (code VARCHAR, file VARCHAR, line BIGINT, text VARCHAR, reason VARCHAR, count BIGINT)"
    )
