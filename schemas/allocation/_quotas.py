"""From ideal draws to whole quotas: the rounding rule of a plan."""

from __future__ import annotations

import numpy as np

from datatool.schemas.allocation._apportion import Floats, Ints, largest_remainder, water_fill
from datatool.schemas.allocation._limits import Limits
from datatool.schemas.allocation._margins import SourceMargins, meet_sources


def round_quotas(
    ideal: Floats,
    group: Ints,
    limits: Limits,
    /,
    *,
    total: int,
    seed: int = 0,
    margins: SourceMargins | None = None,
) -> Ints:
    """Whole quotas from ideal ones: classes first, then the cells of each class, then the totals of sources.

    Args:
        ideal: float64 (K,), summing to ``total``; classes lie within their caps.
        group: int64 (K,), the class of each cell, counted from 0 without gaps.
        limits: Kept exactly.
        total: Draws of the epoch, a multiple of ``limits.unit``.
        seed: Decides between equal fractions.
        margins: Shares of sources over all classes, kept exactly.

    Returns:
        int64 (K,): sums to ``total``; class sums lie within one unit of their ideals.

    Raises:
        PlanError: If the margins cannot be met within the limits.
    """
    num_classes = int(group[-1]) + 1
    every = np.zeros(num_classes, np.int64)
    units = np.array([total // limits.unit])
    class_ideal = np.bincount(group, weights=ideal, minlength=num_classes) / limits.unit
    class_cap = limits.classes(ideal, group, num_classes)
    class_ideal = water_fill(class_ideal, class_cap.astype(np.float64), units.astype(np.float64), every)
    class_total = largest_remainder(class_ideal, units, every, seed=seed, cap=class_cap)
    cap = limits.cells(class_total, group)
    cells = water_fill(ideal, cap.astype(np.float64), class_total.astype(np.float64), group)
    quota = largest_remainder(cells, class_total, group, seed=seed, cap=cap)
    if margins is not None:
        quota = meet_sources(quota, ideal / limits.unit, cap, group, margins, seed=seed)
    return quota * limits.unit


def between(first: Floats, last: Floats, /, *, epoch: int, epochs: int) -> Floats:
    """Ideal draws of an epoch of `progressive`: (1 - t) x first + t x last, t = min(epoch / (epochs - 1), 1).

    >>> between(np.array([8.0, 2.0]), np.array([5.0, 5.0]), epoch=1, epochs=4)
    array([7., 3.])
    """
    share = min(epoch / max(epochs - 1, 1), 1.0)
    return (1 - share) * first + share * last
