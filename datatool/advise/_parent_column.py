"""The column `parent` of a table: which picture each synthetic one was made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from datatool.rows import Rows

COLUMN: Final = "parent"
_READ: Final = {
    ".parquet": "read_parquet(?)",
    ".csv": "read_csv(?, header = true, all_varchar = true)",
    ".tsv": "read_csv(?, header = true, all_varchar = true, delim = '\t')",
    ".jsonl": "read_json(?, format = 'newline_delimited')",
    ".ndjson": "read_json(?, format = 'newline_delimited')",
}


def parent_column(rows: Rows, /) -> dict[str, str]:
    """Path of a row -> what its column `parent` says; empty where no table has one.

    Args:
        rows: Read once already.
    """
    found: dict[str, str] = {}
    for file in rows.files:
        read = _READ.get(Path(file.path).suffix.lower())
        if file.columns is not None and read is not None:
            found |= _of_table(Path(file.path), read, file.columns["path"])
    return found


def _of_table(file: Path, read: str, path: str) -> dict[str, str]:
    import duckdb

    with duckdb.connect() as connection:
        try:
            described = connection.execute(f"DESCRIBE FROM {read}", [str(file)]).fetchall()
        except duckdb.Error:
            return {}  # the reader of rows read it in a way of its own; it has no column that could be told apart
        named = next((str(name) for name, *_ in described if str(name).strip().lower() == COLUMN), None)
        if named is None or path not in [str(name) for name, *_ in described]:
            return {}
        query = f"SELECT {_quoted(path)}, {_quoted(named)} FROM {read} WHERE {_quoted(named)} IS NOT NULL"  # noqa: S608
        rows: list[tuple[Any, ...]] = connection.execute(query, [str(file)]).fetchall()
    return {str(one): str(parent).strip() for one, parent in rows if isinstance(one, str) and str(parent).strip()}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
