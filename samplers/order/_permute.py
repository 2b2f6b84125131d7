"""Keyed permutations: where item ``index`` of ``num`` goes, without holding the permutation."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import mix

# Up to here a permutation is read off the ranks of hashes, so that all orders are equally likely: a Feistel network on
# a handful of items is visibly biased (chi-square per degree of freedom 1.6 at 5 items even after 12 rounds).
RANKED: Final = 32
ROUNDS: Final = 12

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FACTORS: Final = (np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F))
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)

U64 = NDArray[np.uint64]


def permute(index: NDArray[np.int64], num: Any, key: Any, /) -> NDArray[np.int64]:
    """Send each index to its place under the permutation of ``num`` items that ``key`` names.

    Args:
        index: int64 (N,), each in [0, num).
        num: int, or int64 (N,): size of the permutation, at least 1 and below 2^62.
        key: int, or uint64 (N,): well-mixed bits, as `hash_u64` makes them.

    Returns:
        int64 (N,), each in [0, num).

    >>> sorted(permute(np.arange(50), 50, 1).tolist()) == list(range(50))
    True
    """
    return _apply(index, num, key, inverse=False)


def unpermute(place: NDArray[np.int64], num: Any, key: Any, /) -> NDArray[np.int64]:
    """The index that `permute` sends to ``place``; arguments as there."""
    return _apply(place, num, key, inverse=True)


def _apply(index: NDArray[np.int64], num: Any, key: Any, *, inverse: bool) -> NDArray[np.int64]:
    item = np.ascontiguousarray(index, np.int64).view(np.uint64)
    sizes = np.asarray(num).astype(np.uint64)
    keys = np.asarray(key).astype(np.uint64)
    few, many = (_unrank, _feistel_back) if inverse else (_rank, _feistel)
    if sizes.ndim == 0:
        found = (few if sizes <= RANKED else many)(item, sizes, keys)
        return found.view(np.int64)
    keys = np.broadcast_to(keys, item.shape)
    small = sizes <= RANKED
    if not small.any():
        return many(item, sizes, keys).view(np.int64)
    result = np.empty_like(item)
    for select, function in ((small, few), (~small, many)):
        result[select] = function(item[select], sizes[select], keys[select])
    return result.view(np.int64)


def _hashes(num: U64, key: U64) -> U64:
    """Distinct sort keys, (N or 1, largest num); past ``num`` they are the largest there is."""
    column = np.arange(int(num.max()), dtype=np.uint64)
    table = mix(key.reshape(-1, 1) + (column + _ONE) * _GOLDEN)
    table &= ~np.uint64(63)
    table |= column
    if num.ndim:
        table[column >= num[:, None]] = ~np.uint64(0)
    return table


def _rank(item: U64, num: U64, key: U64) -> U64:
    if not len(item):
        return item
    table = _hashes(num, key)
    if len(table) == 1:
        ranks: U64 = np.empty(table.shape[1], np.uint64)
        ranks[np.argsort(table[0])] = np.arange(table.shape[1], dtype=np.uint64)
        found: U64 = ranks[item]
        return found
    own = np.take_along_axis(table, _column(item), axis=1)
    below: U64 = (table < own).sum(axis=1, dtype=np.uint64)
    return below


def _column(item: U64) -> NDArray[np.int64]:
    return item.view(np.int64)[:, None]


def _unrank(place: U64, num: U64, key: U64) -> U64:
    if not len(place):
        return place
    order: U64 = np.argsort(_hashes(num, key), axis=1).astype(np.uint64)
    items: U64 = order[0][place] if len(order) == 1 else np.take_along_axis(order, _column(place), axis=1)[:, 0]
    return items


def _feistel(item: U64, num: U64, key: U64) -> U64:
    """Cycle-walk until every item is back below ``num`` (Black and Rogaway, CT-RSA 2002)."""
    high, low = _sides(num)
    item = _network(item, high, low, key)
    while len(outside := np.flatnonzero(item >= num)):
        part = _some(outside, high, low, key)
        item[outside] = _network(item[outside], *part)
    return item


def _feistel_back(place: U64, num: U64, key: U64) -> U64:
    high, low = _sides(num)
    place = _network_back(place, high, low, key)
    while len(outside := np.flatnonzero(place >= num)):
        part = _some(outside, high, low, key)
        place[outside] = _network_back(place[outside], *part)
    return place


def _sides(num: U64) -> tuple[U64, U64]:
    """A rectangle of sides high <= low that holds ``num`` items with fewer than ``high`` to spare."""
    high = np.asarray(np.sqrt(num.astype(np.float64))).astype(np.uint64)
    return high, (num + high - _ONE) // high


def _some(outside: NDArray[np.intp], *values: U64) -> tuple[U64, ...]:
    return tuple(value[outside] if value.ndim else value for value in values)


def _network(item: U64, high: U64, low: U64, key: U64) -> U64:
    """Alternating Feistel network on [0, high) x [0, low), added modulo the sides."""
    left = item // low
    right = item - left * low
    for turn in range(0, ROUNDS, 2):
        left = _add(left, _scramble(right, key, turn, high), high)
        right = _add(right, _scramble(left, key, turn + 1, low), low)
    return left * low + right


def _network_back(place: U64, high: U64, low: U64, key: U64) -> U64:
    left = place // low
    right = place - left * low
    for turn in range(ROUNDS - 2, -1, -2):
        right = _add(right, low - _scramble(left, key, turn + 1, low), low)
        left = _add(left, high - _scramble(right, key, turn, high), high)
    return left * low + right


def _add(value: U64, term: U64, modulus: U64) -> U64:
    total = value + term
    reduced: U64 = np.minimum(total, total - modulus)  # below the modulus the difference wraps to something huge
    return reduced


def _scramble(half: U64, key: U64, turn: int, modulus: U64) -> U64:
    """Round function: a number in [0, modulus), which is below 2^32."""
    bits = half + (key ^ np.uint64(turn * 0x632BE59BD9B4E019 & 0xFFFFFFFFFFFFFFFF))
    for factor in _FACTORS:
        bits ^= bits >> _HALF
        bits *= factor
    bits >>= _HALF
    bits *= modulus
    bits >>= _HALF
    return bits
