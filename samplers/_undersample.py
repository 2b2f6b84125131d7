"""`undersample`: every class as often as the smallest one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts


@dataclass(frozen=True, kw_only=True)
class Undersample:
    """Draws of class c: min n.

    The rows of one epoch differ from those of the next: the sampler goes through all of them before it repeats any.
    SUBY in Idrissi et al., Simple data balancing achieves competitive worst-group-accuracy, CLeaR 2022.

    >>> Undersample().mass(Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([8, 2])))
    array([2., 2.])
    """

    name: ClassVar[str] = "undersample"
    counts_draws: ClassVar[bool] = True

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        return counts.spread(np.full(len(counts.classes), counts.class_rows.min()))
