"""`contents.parquet`: what the pictures of a data set were when they were read, kept beside its lists.

It makes a picture the same picture after it was renamed or moved, and remembers the rows that left. Columns: path and
root (relative to the folder, as in its dataset file), split, content and pixels (BLAKE2b, null where unknown), look
(perceptual hash), and left: whether the row is no longer listed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from datatool.rows import Rows, identity_sql
from datatool.schemas import DatasetError, is_url, relative_root

CONTENTS: Final = "contents.parquet"
_COLUMNS: Final = "path, root, split, content, pixels, look, left_out"
_TYPES: Final = (
    "path VARCHAR, root VARCHAR, split VARCHAR, content VARCHAR, pixels VARCHAR, look BIGINT, left_out BOOLEAN"
)


def contents_file(rows: Rows, /) -> Path | None:
    """The file that lies beside a data set's dataset file; None where there is none."""
    file = rows.dataset.file
    found = None if file is None else file.parent / CONTENTS
    return found if found is not None and found.is_file() else None


def load_contents(connection: Any, file: Path | None, table: str, /) -> None:
    """Make a table of a contents file: its columns, roots absolute, and ``place``, the normalised absolute path.

    Args:
        connection: A DuckDB connection.
        file: None makes an empty table.
        table: Its name.

    Raises:
        DatasetError: If the file is damaged or is something else.
    """
    import duckdb

    connection.execute(f"CREATE OR REPLACE TABLE {table} ({_TYPES}, place VARCHAR)")
    if file is None:
        return
    try:
        roots = connection.execute("SELECT DISTINCT root FROM read_parquet(?)", [str(file)]).fetchall()
        here = os.path.abspath(file.parent)
        absolute = {root: root if is_url(root) else os.path.normpath(os.path.join(here, root)) for (root,) in roots}
        _load(connection, file, table, absolute)
    except (duckdb.Error, TypeError) as error:
        said = str(error).partition("\n")[0]
        raise DatasetError(
            f"{CONTENTS} must be as datatool wrote it; got '{said}'", file=file, hint="remove it, and images are read"
        ) from None


def _load(connection: Any, file: Path, table: str, absolute: dict[str, str]) -> None:
    import pyarrow as pa

    roots = pa.table({"root": list(absolute), "at": list(absolute.values())}, schema=_roots_schema())
    connection.register("contents_roots", roots)
    place = identity_sql(absolute.values() or [""], respelled=True)
    connection.execute(
        f"INSERT INTO {table} SELECT *, {place} FROM (SELECT path, r.at AS root, split, content, pixels, look, "
        "left_out FROM read_parquet(?) JOIN contents_roots r USING (root))",
        [str(file)],
    )
    connection.unregister("contents_roots")


def _roots_schema() -> Any:
    import pyarrow as pa

    return pa.schema([("root", pa.string()), ("at", pa.string())])


def write_contents(connection: Any, table: str, folder: Path, /, *, out: Path) -> None:
    """Write a table with the columns of a contents file, roots absolute or relative to the current folder.

    Args:
        connection: A DuckDB connection.
        table: Its name, or a query in brackets.
        folder: Where the file is written.
        out: Where that folder will stand.
    """
    import pyarrow as pa

    found = connection.execute(f"SELECT DISTINCT root::VARCHAR FROM {table}").fetchall()
    roots = {root: relative_root(root, out) for (root,) in found}
    connection.register(
        "contents_roots", pa.table({"root": list(roots), "at": list(roots.values())}, schema=_roots_schema())
    )
    target = str(folder / CONTENTS).replace("'", "''")
    connection.execute(
        f"COPY (SELECT path, r.at AS root, split::VARCHAR AS split, content, pixels, look, left_out FROM {table} t "
        f"JOIN contents_roots r ON r.root = t.root::VARCHAR ORDER BY ALL) TO '{target}' "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    connection.unregister("contents_roots")
