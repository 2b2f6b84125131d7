"""`--count unique`: each picture once in a class, however often it is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datatool.schemas import REAL

if TYPE_CHECKING:
    from datatool.audit.images import Engine


def leave_out_copies(connection: Any, /, *, split: str, engine: Engine) -> tuple[int, tuple[str, ...]]:
    """Delete from ``rows`` what shows a picture (bytes or pixels) that its class has in the split already.

    The first row stays, a real one before others; what cannot be read is a picture of its own.

    Args:
        connection: DuckDB with the table ``rows``.
        split: The split that is balanced.
        engine: Where images are read.

    Returns:
        How many rows were deleted, and what is to be said of them.
    """
    from datatool.audit.images import scan

    scan(connection, engine=engine)
    numbered = (
        "SELECT file, line, row_number() OVER (PARTITION BY label, identity ORDER BY real, file, line) AS number "
        "FROM (SELECT r.label, r.file::VARCHAR AS file, r.line, r.source::VARCHAR <> ? AS real, "
        "coalesce(i.pixels, i.content, i.file) AS identity FROM rows r "
        "JOIN images i ON i.path = r.path AND i.root = r.root::VARCHAR WHERE r.split::VARCHAR = ?)"
    )
    [(deleted,)] = connection.execute(
        f"DELETE FROM rows WHERE (file::VARCHAR, line) IN (SELECT (file, line) FROM ({numbered}) WHERE number > 1)",  # noqa: S608 - ours
        [REAL, split],
    ).fetchall()
    return int(deleted), (f"--count unique left out {deleted:,} rows whose picture their class has already",)
