"""What quotas must keep to besides their ideals: `--max-repeat`, `--synthetic-cap` and whole groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.schemas.allocation._apportion import Floats, Ints
from datatool.schemas.allocation._cells import Counts


@dataclass(frozen=True, kw_only=True, eq=False)
class Limits:
    """Caps of cells, and what ties the cells of a class together.

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


def limits_of(
    counts: Counts, /, *, total: int, max_repeat: int | None, synthetic_cap: float | None, unit: int = 1
) -> Limits:
    """The limits on quotas that sum to ``total``.

    Args:
        counts: The cells.
        total: Draws of the epoch.
        max_repeat: Most draws of a row in an epoch; None for no limit.
        synthetic_cap: Most synthetic draws for one other draw of the class; None for no limit.
        unit: Quotas are multiples of it.
    """
    if max_repeat is None:
        cap = np.full(len(counts.label), total, np.int64)
    else:
        cap = counts.num_rows * min(max_repeat, total)
    return Limits(cap=cap, synthetic=counts.synthetic, synthetic_cap=synthetic_cap, unit=unit)


def _floor(values: NDArray[np.floating]) -> Ints:
    """Whole part, forgiving float64 noise just below a whole number."""
    floors: Ints = np.floor(values + 1e-7).astype(np.int64)
    return floors
