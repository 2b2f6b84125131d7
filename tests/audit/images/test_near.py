"""The banded search finds exactly what comparing all with all finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatool.audit.images._near import make_near_pairs, masks

SIGNED = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """An empty database, which takes longer to open than to ask."""
    with duckdb.connect() as opened:
        yield opened


def search(connection: Any, looks: list[tuple[int, str]]) -> set[tuple[int, str, int, str, int]]:
    connection.begin()
    connection.execute("CREATE TYPE splits AS ENUM ('train', 'val')")
    connection.execute("CREATE TABLE looks (look BIGINT, side splits, kind INTEGER DEFAULT 0)")
    connection.executemany("INSERT INTO looks (look, side) VALUES (?, ?)", looks)
    make_near_pairs(connection, "looks", "near_looks")
    found = connection.execute("FROM near_looks").fetchall()
    connection.rollback()
    assert len(found) == len(set(found))
    return set(found)


def test_every_pair_of_blocks_has_a_mask() -> None:
    assert len({mask % 2**64 for mask in masks()}) == 10
    assert all(25 <= bin(mask % 2**64).count("1") <= 26 for mask in masks())


@settings(max_examples=60, deadline=None)
@given(
    SIGNED, st.lists(st.lists(st.integers(0, 63), max_size=5), min_size=1, max_size=12), st.lists(SIGNED, max_size=5)
)
def test_all_pairs_within_three_bits_across_splits_are_found_and_no_others(
    connection: Any, base: int, changes: list[list[int]], others: list[int]
) -> None:
    near = []
    for bits in changes:
        value = base % 2**64
        for bit in bits:
            value ^= 1 << bit
        near.append(value - 2**64 if value >> 63 else value)
    looks = sorted(
        {(base, "train")} | {(value, "train" if n % 3 == 0 else "val") for n, value in enumerate(near + others)}
    )
    expected = {
        (a, "train", b, "val", distance)
        for a, in_train in looks
        for b, in_val in looks
        if (in_train, in_val) == ("train", "val")
        if (distance := bin((a ^ b) % 2**64).count("1")) <= 3
    }
    assert search(connection, looks) == expected


def test_looks_of_different_kinds_are_not_compared() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE looks (look BIGINT, side VARCHAR, kind VARCHAR)")
        connection.execute("INSERT INTO looks VALUES (5, 'png', '3x4'), (5, 'jpeg', '4x3'), (4, 'jpeg', '3x4')")
        make_near_pairs(connection, "looks", "near_looks")
        assert connection.execute("FROM near_looks").fetchall() == [(4, "jpeg", 5, "png", 1)]
