"""`natural`: every row once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts


@dataclass(frozen=True, kw_only=True)
class Natural:
    """Draws of class c: n_c.

    >>> Natural().mass(Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([8, 2])))
    array([8., 2.])
    """

    name: ClassVar[str] = "natural"
    counts_draws: ClassVar[bool] = True

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        return counts.num_rows.astype(np.float64)
