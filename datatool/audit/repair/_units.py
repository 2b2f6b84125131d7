"""Rows that must stay together: one image, one group, and where it is asked for one look."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from datatool.audit.repair._components import Ints, components
from datatool.rows import Rows
from datatool.schemas import SYNTHETIC

_MARK: Final = "\x1f"  # begins the key of the unit of all rows that a split has already: no path begins so


def tie(rows: Rows, /, *, by_content: bool, split: str | None = None) -> None:
    """Make the table ``tied`` of the rows of a split, or of all.

    ========= ==========================================================================================
    row       its rowid in ``rows``
    key       equal where rows must stay together: to begin with, where they show one image, by their
              content where images were read, else by their place
    identity  what the key was before keys were joined
    name      what the order of a draw is hashed from: the same wherever files lie
    place     normalised absolute path
    content   digests, null where images are not read
    look      perceptual hash, null likewise
    settled   number of the row's split in `SPLITS`, where that is not to be drawn
    ========= ==========================================================================================
    """
    if by_content:
        key, name = "coalesce(i.pixels, i.content, i.file)", "coalesce(i.pixels, i.content, r.path)"
        seen, images = "i.content, i.look", "JOIN images i ON r.path = i.path AND r.root::VARCHAR = i.root"
    else:
        key, name, seen, images = "r.spelled", "r.path", "NULL::VARCHAR AS content, NULL::BIGINT AS look", ""
    where = "" if split is None else f"WHERE r.split::VARCHAR = '{split}'"
    rows.read().execute(
        f"CREATE OR REPLACE TABLE tied AS SELECT r.row, {key} AS key, {key} AS identity, {name} AS name, r.place, "
        f"{seen}, NULL::INTEGER AS settled FROM (SELECT path, root, split, rowid AS row, {rows.identity} AS spelled, "
        f"{rows.place} AS place FROM rows) r {images} {where}"
    )


def join_groups(connection: Any, /) -> None:
    """Let rows of one group have one key; the table ``row_groups`` lies beside ``tied``."""
    join_keys(
        connection,
        "SELECT t.key AS first, min(t.key) OVER (PARTITION BY g.name) AS second FROM tied t "
        "JOIN rows r ON r.rowid = t.row JOIN row_groups g ON g.file = r.file::VARCHAR AND g.line = r.line",
    )


def join_keys(connection: Any, pairs: str, /) -> None:
    """Give keys that pairs connect the smallest of them.

    Args:
        connection: With the table ``tied``.
        pairs: A query for the columns first and second, both keys.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE nodes AS SELECT key, row_number() OVER (ORDER BY key) - 1 AS node "
        "FROM (SELECT DISTINCT key FROM tied)"
    )
    found = connection.execute(
        f"SELECT DISTINCT a.node AS first, b.node AS second FROM ({pairs}) p JOIN nodes a ON a.key = p.first "
        "JOIN nodes b ON b.key = p.second WHERE p.first <> p.second"
    ).fetchnumpy()
    if not len(found["first"]):
        return
    [(count,)] = connection.execute("SELECT count(*) FROM nodes").fetchall()
    _rename(connection, components(count, *(np.asarray(found[end], np.int64) for end in ("first", "second"))))


def _rename(connection: Any, least: Ints) -> None:
    import pyarrow as pa

    connection.register("joined", pa.table({"node": np.arange(len(least)), "least": least}))
    connection.execute(
        "UPDATE tied SET key = c.least FROM (SELECT n.key, l.key AS least FROM nodes n JOIN joined j USING (node) "
        "JOIN nodes l ON l.node = j.least WHERE j.node <> j.least) c WHERE tied.key = c.key"
    )
    connection.unregister("joined")


def make_units(connection: Any, /, *, seed: int) -> None:
    """Make the tables ``parts`` and ``units`` of `datatool.audit.repair._draw` from ``tied``.

    Rows that are settled, those with a number of `SPLITS` in that column, are one unit for each split. A unit with a
    synthetic row, or with one content under two labels, does not move: it stays in train.
    """
    from datatool.audit.repair._draw import SPLITS

    names = ", ".join(f"'{split}'" for split in SPLITS)
    connection.execute(
        "CREATE OR REPLACE TABLE parts AS SELECT CASE WHEN t.settled IS NULL THEN t.key "
        f"ELSE '{_MARK}' || [{names}][t.settled + 1] END AS key, r.label, r.source::VARCHAR AS source, "
        "count(*) AS num_rows FROM tied t JOIN rows r ON r.rowid = t.row "
        f"WHERE t.settled IS NULL OR r.source::VARCHAR <> '{SYNTHETIC}' GROUP BY ALL"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE torn AS SELECT DISTINCT key FROM (SELECT t.key FROM tied t "
        "JOIN rows r ON r.rowid = t.row WHERE t.settled IS NULL GROUP BY t.key, t.identity "
        "HAVING min(r.label) <> max(r.label))"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE units AS SELECT key, CASE WHEN count(*) = 1 THEN min(label) END AS label, "
        "CASE WHEN count(*) = 1 THEN min(source) END AS source, sum(num_rows)::BIGINT AS num_rows, "
        f"bool_and(source <> '{SYNTHETIC}') AND key NOT IN (SELECT key FROM torn) AS movable, "
        f"min(h.turn) AS turn, CASE WHEN key[1] = '{_MARK}' THEN key[2:] END AS drawn FROM parts p "
        f"LEFT JOIN (SELECT key, md5_number_lower('{seed}:' || min(name)) AS turn FROM tied GROUP BY key) h "
        "USING (key) GROUP BY key"
    )


def say_units(connection: Any, /) -> list[str]:
    """Sentences on units that cannot be drawn, for whoever wonders why a class gave fewer rows than asked."""
    [(torn,)] = connection.execute("SELECT count(*) FROM units WHERE key IN (SELECT key FROM torn)").fetchall()
    return [f"{torn:,} pictures or groups with one content under two labels stay in train"] if torn else []
