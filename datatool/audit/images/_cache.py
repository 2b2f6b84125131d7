"""What earlier scans measured, so that only files whose size or time changed are read again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from datatool.audit.images._measure import COLUMNS
from datatool.schemas import atomic_file, user_cache

_VERSION: Final = 2  # of what is measured; another version starts afresh
_SQL: Final = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER"}


def sql_columns() -> str:
    """The measured columns and the pixel hash, for CREATE TABLE."""
    return ", ".join(f"{name} {_SQL[kind]}" for name, kind in (COLUMNS | {"pixels": "string"}).items())


def default_cache(roots: Iterable[str], /) -> Path:
    """One file per set of roots, under ``$XDG_CACHE_HOME``."""
    name = hashlib.blake2b("\n".join(sorted(set(roots))).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return user_cache() / f"images-{_VERSION}-{name}.parquet"


def load_cache(connection: Any, file: Path | None, /) -> str | None:
    """Make the table ``known`` from a cache file.

    Returns:
        Why the file could not be used, if it is there and could not.
    """
    import duckdb

    connection.execute(f"CREATE OR REPLACE TABLE known ({sql_columns()})")
    if file is None or not file.exists():
        return None
    try:
        connection.execute("INSERT INTO known BY NAME SELECT DISTINCT ON (file) * FROM read_parquet(?)", [str(file)])
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None


def save_cache(connection: Any, file: Path, /) -> str | None:
    """Write what is in ``measured``, and what was known of files that were not looked at.

    Returns:
        Why the file could not be written, if it could not.
    """
    import duckdb

    columns = ", ".join([*COLUMNS, "pixels"])
    query = (
        f"SELECT {columns} FROM measured WHERE size IS NOT NULL UNION ALL "
        f"SELECT {columns} FROM known WHERE file NOT IN (SELECT file FROM measured)"
    )
    try:
        with atomic_file(file) as temporary:
            target = str(temporary).replace("'", "''")
            connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)")
    except OSError as error:
        return error.strerror or str(error)
    except duckdb.IOException as error:
        return str(error).splitlines()[0]
    return None
