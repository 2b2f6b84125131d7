"""Rows whose bytes a loader could not read in place: told before a plan is made of them."""

from __future__ import annotations

import os
from typing import Any

from datatool.balance._spans import roots_of_rows
from datatool.rows import Rows
from datatool.schemas import DatasetError, is_url
from datatool.storage import NotInPlaceError, compression_of, is_container, members_of, table_places


def check_places(rows: Rows, /) -> None:
    """Raise DatasetError where images lie compressed in tables, zips or tars, or in a table in memory."""
    for root in roots_of_rows(rows, lambda root: os.path.isfile(root) or table_places(root) is not None):
        reason = _in_container(rows.read(), root) if os.path.isfile(root) else _in_table(rows, root)
        if reason is not None:
            raise DatasetError(
                f"images must lie in their table or shard as they are to be trained on; got {reason}",
                hint=f"datatool pack {rows.dataset.command} -o DIR",
            )


def _in_container(connection: Any, root: str) -> str | None:
    with open(root, "rb") as stream:
        how = compression_of(stream.read(512))
    if how is not None:
        return f"those of {root}, which is compressed with {how}"
    if not is_container(root):
        return None
    barred = dict(members_of(root).barred)
    named = connection.execute(
        "SELECT min(path) FROM rows WHERE root::VARCHAR = ? AND path IN (SELECT unnest(?))", [root, list(barred)]
    ).fetchone()[0]
    return None if named is None else f"'{named}', {barred[named]}, inside of {root}"


def _in_table(rows: Rows, root: str) -> str | None:
    places = table_places(root)
    if places is None:
        return None
    copied = {str(part.spooled): part.path for part in rows.dataset.parts if part.spooled is not None}
    table = copied.get(places.container.path, places.container.path)
    if places.container.path in copied and not is_url(table):
        raise DatasetError(
            "images must lie in files or shards to be trained on; got those of a table in memory",
            hint="save the table as Parquet, then datatool pack FILE -o DIR",
        )
    [(path,)] = rows.read().execute("SELECT min(path) FROM rows WHERE root::VARCHAR = ?", [root]).fetchall()
    try:
        places.span(path)
    except NotInPlaceError as error:
        return f"{error} inside of {table}"
    if is_url(table) and table != places.container.path:  # it could be read in place, but no name says that it is one
        return f"those of {table}, which is named neither .parquet nor .arrow nor .feather"
    return None
