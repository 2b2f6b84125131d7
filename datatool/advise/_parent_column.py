"""The column `parent` of a table: which picture each synthetic one was made from."""

from __future__ import annotations

from typing import Final

from datatool.rows import Rows

COLUMN: Final = "parent"


def parent_column(rows: Rows, /) -> dict[str, str]:
    """Path of a row -> what its column `parent` says; empty where no table has one."""
    connection = rows.read()
    found: dict[str, str] = {}
    for table in rows.column(COLUMN).read():
        connection.register("parents", table)
        found |= dict(
            connection.execute(
                "SELECT path, value FROM rows JOIN parents ON rows.file::VARCHAR = parents.file AND rows.line = "
                "parents.line WHERE value IS NOT NULL"
            ).fetchall()
        )
        connection.unregister("parents")
    return found
