"""The DuckDB database that rows are read into."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.rows._glob import match_sql, quote
from datatool.rows._remarks import Remarks
from datatool.schemas import REAL, SYNTHETIC, Part, arrow_array, arrow_texts, scratch_folder, source_name

_LOG: Final = logging.getLogger("datatool.rows")
MEMORY_LIMIT: Final = "800MiB"  # 43 M rows with 100,000 classes stay under 1.5 GiB, keys and interpreter included

_TABLES: Final = (
    "rows (path VARCHAR, label BIGINT, {place})",
    "words (path VARCHAR, word VARCHAR, {place})",
    "faults (code VARCHAR, file VARCHAR, line BIGINT, text VARCHAR, reason VARCHAR)",
    "notes (code VARCHAR, file VARCHAR, line BIGINT, text VARCHAR, reason VARCHAR, count BIGINT)",
)
_open: set[Any] = set()
_FAULT: Final = ("code", "line", "text", "reason")
_WORD: Final = ("path", "word", "line", "source", "split")
_INTEGERS: Final = ("line", "count")
_NOTE: Final = ("code", "reason", "count", "line", "text")
_PLACE: Final = "source source_enum, split split_enum, root root_enum, file file_enum, line BIGINT"


@contextlib.contextmanager
def open_store(*, memory_limit: str | None) -> Iterator[tuple[Any, Path]]:
    """A fresh database and the temporary folder it spills to, removed at the end."""
    import duckdb

    with scratch_folder() as folder:
        spill = str(folder / "spill")
        connection = duckdb.connect(config={"temp_directory": spill, "memory_limit": memory_limit or MEMORY_LIMIT})
        connection.execute("SET enable_progress_bar = false")  # it is drawn on stdout, among results
        _open.add(connection)
        try:
            yield connection, folder
        finally:
            _open.remove(connection)
            connection.close()


def interrupt_queries() -> None:
    """Make every query that runs in another thread raise: while one runs, Python hears no signal."""
    for connection in tuple(_open):
        connection.interrupt()


def create_tables(
    connection: Any, parts: Sequence[Part], /, *, sources: Sequence[str], splits: Sequence[str] = ()
) -> None:
    """Make the empty tables; roots, files and sources are known by now, and the splits that columns may name."""
    values = {
        "source": [REAL, SYNTHETIC, *_named(sources)],
        "split": [*(part.split for part in parts), *splits],
        "root": [str(part.root) for part in parts],
        "file": [part.path for part in parts],
    }
    for name, texts in values.items():
        listed = ", ".join(quote(text) for text in dict.fromkeys(texts))
        connection.execute(f"CREATE TYPE {name}_enum AS ENUM ({listed})")
    for table in _TABLES:
        connection.execute(f"CREATE TABLE {table.format(place=_PLACE)}")


def _named(sources: Sequence[str]) -> list[str]:
    """Sources as rows get them, and a word on those that were written otherwise."""
    for given in sources:
        if source_name(given) != given:
            _LOG.warning("the source '%s' is read as '%s'", given, source_name(given))
    return [source_name(given) for given in sources]


def place_sql(parts: Sequence[Part], synthetic: Sequence[str], /, *, has_source: bool, has_split: bool) -> str:
    """The columns after path and label, for a relation with ``line``, ``path`` and perhaps ``source`` and ``split``.

    A row's source is, as `source_name` has it, its own column's, else its part's, else "synthetic" where a pattern
    matches, else "real". Several parts must have one source and split; a column ``part``, from 1, says which it is.
    """
    part = parts[0]
    kind = "VARCHAR" if has_source else "source_enum"  # a cast of each row's text would be a look-up in a table
    source = f"{quote(source_name(part.source or REAL))}::{kind}"
    if part.source is None:
        for pattern in synthetic:
            source = f"CASE WHEN {match_sql('path', pattern)} THEN {quote(SYNTHETIC)}::{kind} ELSE {source} END"
    if has_source:
        given = "nullif(trim(source, ' '), '')"
        known = f"lower({given}) IN ({quote(REAL)}, {quote(SYNTHETIC)})"
        source = f"coalesce(CASE WHEN {known} THEN lower({given}) ELSE {given} END, {source})"
    split = f"coalesce(split, {quote(part.split)})" if has_split else quote(part.split)
    return (
        f"({source})::source_enum AS source, ({split})::split_enum AS split, "
        f"{_choice([str(each.root) for each in parts])}::root_enum AS root, "
        f"{_choice([each.path for each in parts])}::file_enum AS file, line"
    )


def _choice(texts: Sequence[str]) -> str:
    """The text of a row's part."""
    return quote(texts[0]) if len(texts) == 1 else f"([{', '.join(map(quote, texts))}])[part]"


def store_remarks(connection: Any, part: Part, synthetic: Sequence[str], remarks: Remarks, /) -> None:
    """Append faults, words and notes to their tables, and empty them."""
    notes = [(*key, *counted) for key, counted in remarks.notes.items()]
    notes += [("W110", reason, 1, line, text) for line, text, reason in remarks.extras]
    place = place_sql([part], synthetic, has_source=True, has_split=True)
    file = quote(part.path)

    for values, columns, sql in (
        (remarks.faults, _FAULT, f"INSERT INTO faults BY NAME SELECT *, {file} AS file FROM remarked"),  # noqa: S608
        (notes, _NOTE, f"INSERT INTO notes BY NAME SELECT *, {file} AS file FROM remarked"),  # noqa: S608
        (remarks.words, _WORD, f"INSERT INTO words SELECT path, word, {place} FROM remarked"),  # noqa: S608
    ):
        if values:
            _append(connection, values, columns, sql)
    remarks.clear()
    remarks.notes.clear()


def _append(connection: Any, values: Sequence[tuple[Any, ...]], columns: Sequence[str], sql: str) -> None:
    import pyarrow as pa

    arrays = [
        arrow_array(np.array(column, np.int64)) if name in _INTEGERS else arrow_texts(column)
        for name, column in zip(columns, zip(*values, strict=True), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.register("remarked", pa.table(arrays, names=list(columns)))
        cursor.execute(sql)
