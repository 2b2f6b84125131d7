"""New rows follow what an earlier split settled: their own picture, their group, their look.

Settled rows keep their split. A tie that leads to several splits goes to test before val before train, so that nothing
like a test picture is ever trained on.
"""

from __future__ import annotations

from typing import Any, Final

from datatool.audit.images import alike_pairs
from datatool.audit.repair._draw import SPLITS
from datatool.audit.repair._settled import SETTLED
from datatool.audit.repair._units import join_groups, join_keys
from datatool.schemas import SettledRows

_RANKS: Final = f"list_position([{', '.join(repr(split) for split in SPLITS)}], {{0}}) - 1"
# Of a row that has left only the same picture is that row again: its place may have been given to another one.
_KEEPS: Final = f"""
    CREATE OR REPLACE TEMP TABLE keeps AS
    SELECT t.row, {_RANKS.format("r.split::VARCHAR")} AS given, c.rank AS by_content, p.now AS by_place,
           p.known AND t.content IS NOT NULL AND NOT list_contains(p.contents, t.content) AS replaced,
           CASE WHEN p.place IS NOT NULL AND replaced IS NOT true THEN coalesce(p.now, p.past)
                ELSE coalesce(c.rank, p.now) END AS rank
    FROM tied t JOIN rows r ON r.rowid = t.row
    LEFT JOIN (SELECT place, max(rank) FILTER (NOT left_out) AS now, max(rank) AS past,
                      bool_and(content IS NOT NULL) AS known, list(content) AS contents
               FROM ranked GROUP BY place) p ON p.place = t.place
    LEFT JOIN (SELECT content, max(rank) AS rank FROM ranked WHERE content IS NOT NULL GROUP BY content) c
        ON c.content = t.content"""


def follow(connection: Any, /, *, grouped: bool, by_content: bool) -> SettledRows:
    """Settle the rows of ``tied`` that the earlier split has, and those that are tied to them.

    Args:
        connection: With ``tied``, ``settled``, and where rows are grouped ``row_groups``.
        grouped: Whether rows are grouped.
        by_content: Whether images were read.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ranked AS SELECT *, {_RANKS.format('split')} AS rank FROM {SETTLED}"
    )
    connection.execute(_KEEPS)
    connection.execute(
        "UPDATE tied SET settled = coalesce(k.rank, CASE WHEN k.given > 0 THEN k.given END) FROM keeps k "
        "WHERE k.row = tied.row"
    )
    counted = connection.execute(
        "SELECT count(*) FILTER (rank = by_place), count(*) FILTER (rank IS NOT NULL AND rank IS DISTINCT FROM "
        "by_place), count(*) FILTER (rank IS NULL AND given > 0), "
        "count(*) FILTER (rank IS NOT NULL AND given > rank) FROM keeps"
    ).fetchall()
    kept, moved, given, overruled = map(int, counted[0])
    _remember_gone(connection)
    torn = 0
    if by_content:
        join_keys(
            connection,
            "SELECT key AS first, min(key) OVER (PARTITION BY content) AS second FROM tied WHERE content IS NOT NULL",
        )
    same = _spread(connection)
    groups = looks = 0
    if grouped:
        join_groups(connection)
        torn += _torn(connection)
        groups = _spread(connection)
    if by_content:
        looks = _spread_looks(connection)
    [(gone,)] = connection.execute(
        f"SELECT count(*) FROM {SETTLED} s WHERE NOT left_out AND place NOT IN (SELECT place FROM tied WHERE row >= 0) "
        "AND (content IS NULL OR content NOT IN (SELECT content FROM tied WHERE row >= 0 AND content IS NOT NULL))"
    ).fetchall()
    [(drawn,)] = connection.execute("SELECT count(*) FROM tied WHERE settled IS NULL").fetchall()
    return SettledRows(
        by_place=kept,
        by_content=moved + same,
        by_group=groups,
        by_look=looks,
        given=given,
        overruled=overruled,
        torn_groups=torn,
        drawn=int(drawn),
        gone=int(gone),
    )


def _remember_gone(connection: Any) -> None:
    """Settled pictures that are not listed now: new ones may still be like them."""
    connection.execute(
        "INSERT INTO tied SELECT -1 - row_number() OVER (), coalesce(pixels, content), coalesce(pixels, content), "
        "content, place, content, look, rank FROM ranked WHERE content IS NOT NULL "
        "AND content NOT IN (SELECT content FROM tied WHERE content IS NOT NULL)"
    )


def _spread(connection: Any) -> int:
    """Settle open rows by their key; gives how many."""
    [(spread,)] = connection.execute(
        "UPDATE tied SET settled = k.rank FROM (SELECT key, max(settled) AS rank FROM tied WHERE settled IS NOT NULL "
        "GROUP BY key) k WHERE tied.settled IS NULL AND tied.key = k.key"
    ).fetchall()
    return int(spread)


def _torn(connection: Any) -> int:
    """Groups that the earlier split has in several splits."""
    [(torn,)] = connection.execute(
        "SELECT count(*) FROM (SELECT g.name FROM tied t JOIN rows r ON r.rowid = t.row JOIN row_groups g "
        "ON g.file = r.file::VARCHAR AND g.line = r.line WHERE t.settled IS NOT NULL GROUP BY g.name "
        "HAVING min(t.settled) < max(t.settled))"
    ).fetchall()
    return int(torn)


def _spread_looks(connection: Any) -> int:
    """Settle open rows whose look is near a settled one's, and join those that are near each other.

    Settled rows carry nothing on: a new picture like a train picture, which itself is like a test picture, stays
    where the picture is that it is like.
    """
    alike_pairs(connection, "SELECT look FROM tied", "alike")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE looked AS SELECT look, max(settled) AS rank, "
        "min(key) FILTER (settled IS NULL) AS open FROM tied WHERE look IS NOT NULL GROUP BY look"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE near AS SELECT a.look, max(b.rank) AS rank FROM (SELECT first AS look, second "
        "AS other FROM alike UNION ALL SELECT second, first FROM alike UNION ALL SELECT look, look FROM looked) a "
        "JOIN looked b ON b.look = a.other GROUP BY a.look"
    )
    join_keys(
        connection,
        "SELECT t.key AS first, l.open AS second FROM tied t JOIN looked l USING (look) WHERE t.settled IS NULL "
        "UNION ALL SELECT f.open, s.open FROM alike a JOIN looked f ON f.look = a.first JOIN looked s "
        "ON s.look = a.second WHERE f.open IS NOT NULL AND s.open IS NOT NULL",
    )
    [(spread,)] = connection.execute(
        "UPDATE tied SET settled = k.rank FROM (SELECT t.key, max(n.rank) AS rank FROM tied t JOIN near n USING (look) "
        "WHERE t.settled IS NULL GROUP BY t.key) k "
        "WHERE tied.settled IS NULL AND k.rank IS NOT NULL AND tied.key = k.key"
    ).fetchall()
    return int(spread)
