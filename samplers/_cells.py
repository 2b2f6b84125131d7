"""`cells:FILE`: the user's own table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts


@dataclass(frozen=True, kw_only=True, eq=False)
class CellShares:
    """Share of each cell as given.

    Attributes:
        share: float64 (K,), at least 0, in the order of the cells; need not sum to 1.
    """

    name: ClassVar[str] = "cells"
    counts_draws: ClassVar[bool] = False
    share: NDArray[np.float64]

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell up to a factor, float64 (K,)."""
        assert len(self.share) == len(counts.label)
        return self.share
