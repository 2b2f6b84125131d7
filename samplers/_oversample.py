"""`oversample`: every class as often as the largest one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts


@dataclass(frozen=True, kw_only=True)
class Oversample:
    """Draws of class c: max n, or the target.

    With a target below a class's rows that class is drawn less often than it has rows.

    Attributes:
        target: Draws of every class; `max` or `median` of the rows per class, the median rounded to the nearest whole.

    >>> counts = Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([8, 2]))
    >>> Oversample(target="median").mass(counts)
    array([5., 5.])
    """

    name: ClassVar[str] = "oversample"
    counts_draws: ClassVar[bool] = True
    target: int | Literal["max", "median"] = "max"

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        return counts.spread(np.full(len(counts.classes), self._draws(counts.class_rows)))

    def _draws(self, class_rows: NDArray[np.float64]) -> float:
        if self.target == "max":
            return float(class_rows.max())
        if self.target == "median":
            return float(np.rint(np.median(class_rows)))
        return float(self.target)
