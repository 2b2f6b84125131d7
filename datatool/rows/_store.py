"""The DuckDB database that rows are read into."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
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
_ENUMERATIONS: Final = ("source", "split", "root", "file")
_PLACE: Final = f"{', '.join(f'{name} {name}_enum' for name in _ENUMERATIONS)}, line BIGINT"


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


def fixed_places(
    parts: Sequence[Part], synthetic: Sequence[str], /, *, has_source: bool, has_split: bool
) -> dict[str, str]:
    """The columns of `place_sql` that are the same in all rows, and their texts."""
    part = parts[0]
    fixed = {}
    if not has_source and (part.source is not None or not synthetic):
        fixed["source"] = source_name(part.source or REAL)
    if not has_split:
        fixed["split"] = part.split
    if len(parts) == 1:
        fixed |= {"root": str(part.root), "file": part.path}
    return fixed


def place_sql(parts: Sequence[Part], synthetic: Sequence[str], /, *, has_source: bool, has_split: bool) -> str:
    """The columns after path and label, for a relation with ``line``, ``path`` and perhaps ``source`` and ``split``.

    A row's source is, as `source_name` has it, its own column's, else its part's, else "synthetic" where a pattern
    matches, else "real". Several parts must have one source and split; a column ``part``, from 1, says which it is.
    """
    fixed = fixed_places(parts, synthetic, has_source=has_source, has_split=has_split)
    differ: dict[str, Callable[[], str]] = {
        "source": lambda: _source_sql(parts[0].source, synthetic, has_source=has_source),
        "split": lambda: f"coalesce(split, {quote(parts[0].split)})",
        "root": lambda: _choice([str(each.root) for each in parts]),
        "file": lambda: _choice([each.path for each in parts]),
    }
    columns = {name: quote(fixed[name]) if name in fixed else sql() for name, sql in differ.items()}
    return f"{', '.join(f'({sql})::{name}_enum AS {name}' for name, sql in columns.items())}, line"


def _source_sql(named: str | None, synthetic: Sequence[str], *, has_source: bool) -> str:
    """The source of rows whose own column, or path, says which it is."""
    kind = "VARCHAR" if has_source else "source_enum"  # a cast of each row's text would be a look-up in a table
    source = f"{quote(source_name(named or REAL))}::{kind}"
    if named is None:
        for pattern in synthetic:
            source = f"CASE WHEN {match_sql('path', pattern)} THEN {quote(SYNTHETIC)}::{kind} ELSE {source} END"
    if not has_source:
        return source
    given = "nullif(trim(source, ' '), '')"
    known = f"lower({given}) IN ({quote(REAL)}, {quote(SYNTHETIC)})"
    return f"coalesce(CASE WHEN {known} THEN lower({given}) ELSE {given} END, {source})"


def _choice(texts: Sequence[str]) -> str:
    """The text of a row's part."""
    return f"([{', '.join(map(quote, texts))}])[part]"


def code_sql(column: str, /) -> str:
    """A column as it is counted: an enumeration as the place of its value, uint32."""
    return f"enum_code({column})::UINTEGER AS {column}" if column in _ENUMERATIONS else column


def codes_of(connection: Any, values: Mapping[str, str], /) -> dict[str, int]:
    """Columns that are enumerations, and the places of their values."""
    if not values:
        return {}
    asked = ", ".join(f"enum_code({quote(text)}::{name}_enum)" for name, text in values.items())
    [codes] = connection.execute(f"SELECT {asked}").fetchall()
    return dict(zip(values, codes, strict=True))


def values_of(connection: Any, column: str, /) -> list[str]:
    """The values of an enumeration, by their codes."""
    [(values,)] = connection.execute(f"SELECT enum_range(NULL::{column}_enum)").fetchall()
    return list(values)


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
