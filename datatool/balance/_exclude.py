"""`--findings DIR`: images that an audit found unreadable are left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from datatool.schemas import ConfigError

FINDINGS_FILE: Final = "findings.parquet"
UNREADABLE: Final = ("E401", "E402", "E405")


def leave_out_unreadable(connection: Any, folder: Path, /) -> tuple[int, tuple[str, ...]]:
    """Delete from ``rows`` what the findings of an audit say cannot be decoded.

    Args:
        connection: DuckDB with the table ``rows``.
        folder: What `datatool audit --images --out` wrote.

    Returns:
        How many rows were deleted, and what could not be found among the rows.

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
    bad = "SELECT DISTINCT file, line FROM read_parquet(?) WHERE list_contains(?, code) AND line IS NOT NULL"
    given = [str(file), list(UNREADABLE)]
    try:
        [(listed,)] = connection.execute(f"SELECT count(*) FROM ({bad})", given).fetchall()  # noqa: S608 - ours
        [(deleted,)] = connection.execute(
            f"DELETE FROM rows WHERE (file::VARCHAR, line) IN ({bad})",  # noqa: S608 - ours
            given,
        ).fetchall()
    except duckdb.Error as error:
        raise ConfigError(
            f"{FINDINGS_FILE} must have the columns code, file and line; got '{str(error).splitlines()[0]}'", file=file
        ) from None
    missed = listed - deleted
    if not missed:
        return int(deleted), ()
    return int(deleted), (
        f"{missed:,} of {listed:,} places in {file} are not among these rows: name the list as the audit did",
    )
