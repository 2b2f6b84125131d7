"""Permutations of a handful of items: an item's place is the rank of its hash, so all orders are equally likely."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import mix

U64 = NDArray[np.uint64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_ONE: Final = np.uint64(1)
_LAST: Final = ~np.uint64(0)


def rank(item: U64, num: U64, key: U64, /) -> U64:
    """Where each item goes, uint64 (N,); ``num`` and ``key`` are 0-dimensional or (N,)."""
    if not num.ndim:
        ranks: U64 = _orders(num, key, inverse=False)[0][item]
        return ranks
    place = np.zeros_like(item)
    lowest = 1
    while lowest < int(num.max(initial=0)):  # sizes of one length in bits together: hashes past a size are waste
        some = np.flatnonzero((num > lowest) & (num <= 2 * lowest))
        place[some] = _count_below(item[some], num[some], key[some])
        lowest *= 2
    return place


def unrank(place: U64, num: U64, key: U64, /) -> U64:
    """The inverse of `rank`."""
    if not len(place):
        return place
    orders = _orders(num, key, inverse=True)
    items: U64 = orders[0][place] if len(orders) == 1 else np.take_along_axis(orders, _column(place), axis=1)[:, 0]
    return items


def rank_in_groups(item: U64, group: NDArray[np.int64], num: U64, key: U64, /) -> U64:
    """As `rank`, where items share permutations: ``group`` int64 (N,) is that of each, ``num`` and ``key`` (G,)."""
    found: U64 = _orders(num, key, inverse=False)[group, item.view(np.int64)]
    return found


def _orders(num: U64, key: U64, *, inverse: bool) -> U64:
    """All places of each permutation, or all items in the order of their places, (N or 1, largest num)."""
    order = np.argsort(_hashes(num, key).T, axis=1)
    if not inverse:
        order = np.argsort(order, axis=1)
    return order.astype(np.uint64)


def _count_below(item: U64, num: U64, key: U64) -> U64:
    if not len(item):
        return item
    table = _hashes(num, key)
    below: U64 = (table < np.take_along_axis(table, item.view(np.int64)[None], axis=0)).sum(axis=0, dtype=np.uint64)
    return below


def _column(item: U64) -> NDArray[np.int64]:
    return item.view(np.int64)[:, None]


def _hashes(num: U64, key: U64) -> U64:
    """Distinct sort keys, (largest num, N or 1); past ``num`` they are the largest there is."""
    row = np.arange(int(num.max()), dtype=np.uint64)[:, None]
    table = mix(key.reshape(1, -1) + (row + _ONE) * _GOLDEN)
    table &= ~np.uint64(63)
    table |= row
    if num.ndim:
        table[row >= num] = _LAST
    return table
