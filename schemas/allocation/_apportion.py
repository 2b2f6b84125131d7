"""Dividing a total: water-filling under caps, and whole numbers by largest remainder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_GRID = 1e-7  # fractions closer than this are equal: float64 noise of sums over 10^5 cells stays below it


def water_fill(mass: Floats, cap: Floats, total: Floats, group: Ints, /) -> Floats:
    """Fill each group to its total in proportion to mass, with no member above its cap.

    The excess of a full member goes to the others of its group, again in proportion: min(cap, level x mass) with one
    level per group.

    Args:
        mass: float64 (N,), at least 0; a member without mass gets nothing.
        cap: float64 (N,), at least 0; infinity for none.
        total: float64 (G,).
        group: int64 (N,), the group of each member, in [0, G).

    Returns:
        float64 (N,). A group whose caps sum to less than its total is filled to the caps.

    >>> water_fill(np.array([6.0, 3, 1]), np.array([4.0, 9, 9]), np.array([10.0]), np.zeros(3, np.int64))
    array([4. , 4.5, 1.5])
    """
    filled = np.zeros(len(mass))
    left = total.astype(np.float64)
    free = mass > 0
    while True:
        masses = np.bincount(group, weights=np.where(free, mass, 0.0), minlength=len(total))
        with np.errstate(over="ignore"):
            level = np.divide(left, masses, out=np.zeros(len(total)), where=masses > 0)
            wanted = np.where(free, level[group] * mass, 0.0)
        full = wanted > cap
        if not full.any():
            return np.where(free, wanted, filled)
        filled[full] = cap[full]
        left = np.maximum(left - np.bincount(group[full], weights=cap[full], minlength=len(total)), 0.0)
        free &= ~full


def largest_remainder(ideal: Floats, total: Ints, group: Ints, /, *, seed: int = 0, cap: Ints | None = None) -> Ints:
    """Whole numbers whose sum in each group is exact and that lie within 1 of ideal.

    Hamilton's method: everyone gets the whole part, and what is left goes to the largest fractions; ties by ``seed``.

    Args:
        ideal: float64 (N,), at least 0, summing to ``total`` in each group.
        total: int64 (G,).
        group: int64 (N,), the group of each member, in [0, G).
        seed: Decides between equal fractions.
        cap: int64 (N,), never passed; ``ideal`` lies within it.

    >>> largest_remainder(np.array([1.6, 1.2, 1.2]), np.array([4]), np.zeros(3, np.int64))
    array([2, 1, 1])
    """
    near = np.rint(ideal)
    snapped = np.where(np.abs(ideal - near) < _GRID, near, ideal)
    whole: Ints = np.floor(snapped).astype(np.int64)
    left = total - np.bincount(group, weights=whole, minlength=len(total)).astype(np.int64)
    if not left.any():
        return whole  # nothing to decide, and numpy's random generators need not be imported
    fraction = np.rint((snapped - whole) / _GRID)
    if cap is not None:
        fraction[whole >= cap] = -1
    # Raw bits: numpy keeps the streams of its bit generators fixed, and not those of its distributions.
    ties = np.random.Philox(key=seed).random_raw(len(ideal))
    order = np.lexsort((ties, -fraction, group))
    first = np.searchsorted(group[order], np.arange(len(total)))
    rank = np.empty(len(ideal), np.int64)
    rank[order] = np.arange(len(ideal)) - first[group[order]]
    assert ((left >= 0) & (left <= np.bincount(group, minlength=len(total)))).all(), "ideal does not sum to total"
    return whole + (rank < left[group])
