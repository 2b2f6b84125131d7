"""From ideal draws to whole quotas: the rounding rule of a plan.

It stands beside the plan because it is part of the format: a progressive plan stores two ends, and every program that
opens it must find the same quotas in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.schemas._apportion import Floats, Ints, largest_remainder, water_fill
from datatool.schemas._margins import SourceMargins, meet_sources


@dataclass(frozen=True, kw_only=True, eq=False)
class Limits:
    """What quotas must keep to besides their ideals.

    Attributes:
        cap: int64 (K,), most draws of each cell.
        synthetic: bool (K,), the cells that ``synthetic_cap`` is about; at most one in a class.
        synthetic_cap: Most synthetic draws for one other draw of the class; None for no limit.
        unit: Quotas are multiples of it.
    """

    cap: Ints
    synthetic: NDArray[np.bool_]
    synthetic_cap: float | None = None
    unit: int = 1

    def cells(self, class_total: Ints, group: Ints, /) -> Ints:
        """Caps in units when class totals are these units, int64 (K,)."""
        cap = self.cap // self.unit
        if self.synthetic_cap is None:
            return cap
        allowed = _floor(self.synthetic_cap / (1 + self.synthetic_cap) * class_total)
        partnered = np.bincount(group, weights=~self.synthetic, minlength=len(class_total)) > 0
        limited = self.synthetic & partnered[group]
        return np.where(limited, np.minimum(cap, allowed[group]), cap)

    def classes(self, ideal: Floats, group: Ints, num_classes: int, /) -> Ints:
        """Most units of each class, int64 (C,); cells without ideal draws do not count."""
        cap = np.where(ideal > 0, self.cap // self.unit, 0)
        real = np.bincount(group, weights=np.where(self.synthetic, 0, cap), minlength=num_classes)
        made = np.bincount(group, weights=np.where(self.synthetic, cap, 0), minlength=num_classes)
        if self.synthetic_cap is not None:
            partnered = np.bincount(group, weights=~self.synthetic, minlength=num_classes) > 0
            made = np.where(partnered, np.minimum(made, _floor(self.synthetic_cap * real)), made)
        return (real + made).astype(np.int64)


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


def _floor(values: NDArray[np.floating]) -> Ints:
    """Whole part, forgiving float64 noise just below a whole number."""
    floors: Ints = np.floor(values + 1e-7).astype(np.int64)
    return floors
