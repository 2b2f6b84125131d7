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
    cap = np.where(mass > 0, np.minimum(cap, total[group]), 0.0)
    ratio = np.divide(cap, mass, out=np.full(len(mass), np.inf), where=mass > 0)
    order = np.lexsort((ratio, group))
    member_group = group[order]
    first = np.searchsorted(member_group, np.arange(len(total)))
    caps = np.concatenate([[0.0], np.cumsum(cap[order])])
    masses = np.concatenate([[0.0], np.cumsum(mass[order])])
    end = np.searchsorted(member_group, np.arange(len(total)), side="right")
    left = total[member_group] - (caps[:-1] - caps[first[member_group]])
    mass_left = masses[end[member_group]] - masses[:-1]
    level = np.divide(left, mass_left, out=np.full(len(mass), np.inf), where=mass_left > 0)
    # In order of cap per mass, the first member that is not full at its own level decides the level of its group.
    place = np.where((ratio[order] >= level) & np.isfinite(level), np.arange(len(mass)), len(mass))
    deciding = np.full(len(total), len(mass), np.int64)
    np.minimum.at(deciding, member_group, place)
    group_level = np.append(level, np.inf)[deciding]
    with np.errstate(invalid="ignore"):
        wanted = np.where(mass > 0, group_level[group] * mass, 0.0)
    filled: Floats = np.minimum(cap, wanted)
    return filled


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
    fraction = np.rint((snapped - whole) / _GRID)
    if cap is not None:
        fraction[whole >= cap] = -1
    # Raw bits: numpy keeps the streams of its bit generators fixed, and not those of its distributions.
    ties = np.random.Philox(key=seed).random_raw(len(ideal))
    order = np.lexsort((ties, -fraction, group))
    first = np.searchsorted(group[order], np.arange(len(total)))
    rank = np.empty(len(ideal), np.int64)
    rank[order] = np.arange(len(ideal)) - first[group[order]]
    return whole + (rank < left[group])
