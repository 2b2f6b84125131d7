"""Pairs of perceptual hashes a few bits apart, without comparing all with all.

64 bits are cut into five blocks. Hashes at most three bits apart agree on at least two whole blocks, so each of the ten
pairs of blocks (25 or 26 bits) is an equality join, and the true distance is checked on what it yields (Manku, Jain,
Das Sarma, "Detecting near-duplicates for web crawling", WWW 2007, section 3).
"""

from __future__ import annotations

import itertools
from typing import Any, Final

MAX_BITS: Final = 3
_BLOCKS: Final = ((0, 13), (13, 26), (26, 39), (39, 52), (52, 64))  # bits, from and up to


def make_near_pairs(connection: Any, looks: str, pairs: str, /) -> None:
    """Fill a table of pairs from a table of looks.

    Args:
        connection: A DuckDB connection.
        looks: Table (look BIGINT, side, kind); only looks of one kind and different sides are compared.
        pairs: Table to make: (first, first_side, second, second_side, bits), the smaller side first.
    """
    joins = " UNION ".join(
        "SELECT a.look AS first, a.side AS first_side, b.look AS second, b.side AS second_side, "
        f"bit_count(xor(a.look, b.look)) AS bits FROM {looks} a JOIN {looks} b "
        f"ON a.look & {mask} = b.look & {mask} AND a.kind = b.kind AND a.side < b.side "
        f"WHERE bit_count(xor(a.look, b.look)) <= {MAX_BITS}"
        for mask in masks()
    )
    connection.execute(f"CREATE OR REPLACE TABLE {pairs} AS {joins}")


def masks() -> list[int]:
    """One mask per pair of blocks, as signed 64-bit integers."""
    blocks = [sum(1 << bit for bit in range(*block)) for block in _BLOCKS]
    both = (first | second for first, second in itertools.combinations(blocks, 2))
    return [mask - (1 << 64) if mask >> 63 else mask for mask in both]


def alike_pairs(connection: Any, looks: str, pairs: str, /) -> None:
    """Fill a table (first, second) of all pairs of different looks at most `MAX_BITS` apart.

    Args:
        connection: A DuckDB connection.
        looks: A query for one column ``look``; nulls are left out.
        pairs: Table to make.
    """
    distinct = f"(SELECT DISTINCT look, look AS side, 0 AS kind FROM ({looks}) WHERE look IS NOT NULL)"
    make_near_pairs(connection, distinct, pairs)
