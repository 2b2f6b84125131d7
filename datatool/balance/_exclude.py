"""`--findings DIR`: images that an audit found unreadable are left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from datatool.schemas import ConfigError

FINDINGS_FILE: Final = "findings.parquet"
UNREADABLE: Final = ("E401", "E402", "E405")


def leave_out_unreadable(connection: Any, folder: Path, /) -> int:
    """Delete from ``rows`` what the findings of an audit say cannot be decoded.

    Args:
        connection: DuckDB with the table ``rows``.
        folder: What `datatool audit --images --out` wrote.

    Returns:
        How many rows were deleted.

    Raises:
        ConfigError: If there are no findings to read.
    """
    import duckdb

    file = folder / FINDINGS_FILE
    if not file.is_file():
        raise ConfigError(
            f"--findings must be the folder of an audit; got '{folder}', which has no {FINDINGS_FILE}",
            hint=f"datatool audit DATASET --images --out {folder}",
        )
    [(before,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
    try:
        connection.execute(
            "DELETE FROM rows USING (SELECT DISTINCT file, line FROM read_parquet(?) WHERE list_contains(?, code)) bad "
            "WHERE rows.file::VARCHAR = bad.file AND rows.line = bad.line",
            [str(file), list(UNREADABLE)],
        )
    except duckdb.Error as error:
        raise ConfigError(
            f"{FINDINGS_FILE} must have the columns code, file and line; got '{str(error).splitlines()[0]}'", file=file
        ) from None
    [(after,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
    return int(before - after)
