"""Rows of two states that are the same one.

A row of the old state is paired with at most one of the new: by the normalised absolute path; what is left, by equal
content where both digests are known; and where no path is common, by the path as written. Rows of one image that is
listed several times are paired so that most of them are unchanged.
"""

from __future__ import annotations

from typing import Any, Final

from datatool.schemas import DiffKey

# A pair and what changed between its rows; a side of a row that was added or removed is null.
_SAME: Final = ("split", "class", "source")


def pair(connection: Any, /) -> list[DiffKey]:
    """Make the table ``pairs`` (old, new: rowids, used) from the tables ``old`` and ``new``, which have ``class``.

    Returns:
        What rows were recognised by.
    """
    connection.execute("CREATE OR REPLACE TABLE pairs (old BIGINT, new BIGINT, used VARCHAR)")
    used: list[DiffKey] = ["place"]
    _pair_by(connection, "place", "place")
    [(paired,)] = connection.execute("SELECT count(*) FROM pairs").fetchall()
    if _pair_by(connection, "content", "content"):
        used.append("content")
    if not paired and _pair_by(connection, "path", "path"):
        used = [*(one for one in used if one != "place"), "path"]
    for side, other in (("old", "new"), ("new", "old")):
        connection.execute(
            f"INSERT INTO pairs ({side}, {other}, used) SELECT rowid, NULL, NULL FROM {side} "
            f"WHERE rowid NOT IN (SELECT {side} FROM pairs WHERE {side} IS NOT NULL)"
        )
    return used


def _pair_by(connection: Any, key: str, said: str) -> int:
    """Pair open rows with equal keys: those alike in everything first, then those of one split and class, and so on."""
    paired = 0
    for count in range(len(_SAME), -1, -1):
        alike = [key, *_SAME[:count]]
        columns = ", ".join(alike)
        numbered = (
            "(SELECT rowid AS row, {columns}, row_number() OVER (PARTITION BY {columns} ORDER BY {order}) AS number "
            "FROM {side} WHERE {key} IS NOT NULL AND rowid NOT IN (SELECT {side} FROM pairs))"
        )
        old, new = (
            numbered.format(columns=columns, order="split, class, source, file, line", side=side, key=key)
            for side in ("old", "new")
        )
        [(found,)] = connection.execute(
            f"INSERT INTO pairs SELECT o.row, n.row, '{said}' FROM {old} o JOIN {new} n USING ({columns}, number)"
        ).fetchall()
        paired += int(found)
    return paired


def changes(connection: Any, /) -> None:
    """Make the table ``changed`` (old, new, and a flag for each kind of change) of the pairs that differ."""
    connection.execute(
        "CREATE OR REPLACE TABLE changed AS SELECT p.old, p.new, p.old IS NULL AS added, p.new IS NULL AS removed, "
        "coalesce(p.used = 'content' AND o.place <> n.place, false) AS renamed, "
        "coalesce(o.split <> n.split, false) AS moved, coalesce(o.class <> n.class, false) AS relabelled, "
        "coalesce(o.source <> n.source, false) AS source, coalesce(o.content <> n.content, false) AS bytes "
        "FROM pairs p LEFT JOIN old o ON o.rowid = p.old LEFT JOIN new n ON n.rowid = p.new"
    )
