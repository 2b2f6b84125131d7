"""Permutations of more than a handful of items: an alternating Feistel network with cycle walking.

Items lie in a rectangle [0, high) x [0, low); each round adds a hash of one coordinate to the other one, modulo its
side. What falls outside the items goes through again until it is back (Black and Rogaway, CT-RSA 2002).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ROUNDS: Final = 12

_FACTORS: Final = (np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F))
_TURNS: Final = np.array([turn * 0x632BE59BD9B4E019 & 0xFFFFFFFFFFFFFFFF for turn in range(ROUNDS)], np.uint64)
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)

U64 = NDArray[np.uint64]


def forth(item: U64, num: U64, key: U64, /) -> U64:
    """Where each item goes, uint64 (N,); ``num`` and ``key`` are 0-dimensional or (N,)."""
    high, low = _sides(num)
    return _walk(_network(item, high, low, key), num, high, low, key)


def back(place: U64, num: U64, key: U64, /) -> U64:
    """The inverse of `forth`."""
    high, low = _sides(num)
    place = _network_back(place, high, low, key)
    while len(outside := np.flatnonzero(place >= num)):
        part = _some(outside, high, low, key)
        place[outside] = _network_back(place[outside], *part)
    return place


def forth_in_groups(item: U64, group: NDArray[np.int64], num: int, key: U64, /) -> U64 | None:
    """As `forth`, where items share few permutations: rounds are looked up in tables of what they add.

    Args:
        item: uint64 (N,).
        group: int64 (N,), the permutation of each item.
        num: Size of the permutations.
        key: uint64 (G,).

    Returns:
        uint64 (N,), or None where tables would be as large as what they save.
    """
    high, low = _sides(np.asarray(num, np.uint64))
    if 2 * int(low) * len(key) > len(item):
        return None
    left = item // low
    right = item - left * low
    # Sums are reduced at the end only: the tables repeat themselves as far as sums can grow.
    spread = int(low) * (ROUNDS // 2 + 1)
    base = group * spread
    sums = [part.view(np.int64) + base for part in (left, right)]
    for to_left, to_right in zip(*_added((high, low), key, spread), strict=True):
        sums[0] += to_left.take(sums[1], mode="clip")
        sums[1] += to_right.take(sums[0], mode="clip")
    left, right = ((part - base).view(np.uint64) % side for part, side in zip(sums, (high, low), strict=True))
    left *= low
    left += right
    outside = np.flatnonzero(left >= num)
    left[outside] = _walk(left[outside], np.asarray(num, np.uint64), high, low, key[group[outside]])
    return left


def _added(sides: tuple[U64, U64], key: U64, spread: int) -> list[NDArray[np.int64]]:
    """What rounds add to either coordinate at each value of the other, over and over, int64 (rounds/2, G x spread)."""
    tables = []
    for to, of in ((0, 1), (1, 0)):
        width = int(sides[of])
        half = np.arange(width, dtype=np.uint64)
        added = _scramble(half, key[:, None], _TURNS[to::2, None, None], sides[to])
        times = -(-spread // width)
        tables.append(np.tile(added, times)[..., :spread].reshape(len(added), -1).view(np.int64))
    return tables


def _sides(num: U64) -> tuple[U64, U64]:
    """A rectangle of sides high <= low that holds ``num`` items with fewer than ``high`` to spare."""
    high = np.asarray(np.sqrt(num.astype(np.float64))).astype(np.uint64)
    return high, (num + high - _ONE) // high


def _walk(item: U64, num: U64, high: U64, low: U64, key: U64) -> U64:
    while len(outside := np.flatnonzero(item >= num)):
        part = _some(outside, high, low, key)
        item[outside] = _network(item[outside], *part)
    return item


def _some(outside: NDArray[np.intp], *values: U64) -> tuple[U64, ...]:
    return tuple(value[outside] if value.ndim else value for value in values)


def _network(item: U64, high: U64, low: U64, key: U64) -> U64:
    left = item // low
    right = item - left * low
    for turn in range(0, ROUNDS, 2):
        _add(left, _scramble(right, key, _TURNS[turn], high), high)
        _add(right, _scramble(left, key, _TURNS[turn + 1], low), low)
    left *= low
    left += right
    return left


def _network_back(place: U64, high: U64, low: U64, key: U64) -> U64:
    left = place // low
    right = place - left * low
    for turn in range(ROUNDS - 2, -1, -2):
        _add(right, low - _scramble(left, key, _TURNS[turn + 1], low), low)
        _add(left, high - _scramble(right, key, _TURNS[turn], high), high)
    left *= low
    left += right
    return left


def _add(value: U64, term: U64, modulus: U64) -> None:
    """Add in place, both below the modulus; ``term`` is used up."""
    value += term
    np.subtract(value, modulus, out=term)  # wraps to something huge below the modulus
    np.minimum(value, term, out=value)


def _scramble(half: U64, key: U64, turn: Any, modulus: U64) -> U64:
    """Round function: a number in [0, modulus), which is below 2^32."""
    bits: U64 = half + (key ^ turn)
    spare = np.empty_like(bits)
    for factor in _FACTORS:
        np.right_shift(bits, _HALF, out=spare)
        bits ^= spare
        bits *= factor
    bits >>= _HALF
    bits *= modulus
    bits >>= _HALF
    return bits
