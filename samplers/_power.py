"""`sqrt` and `power:Q`: between natural and balanced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts
from datatool.schemas import ConfigError


@dataclass(frozen=True, kw_only=True)
class Power:
    """Share of class c proportional to n_c^Q: Q = 1 natural, 1/2 square root, 0 balanced.

    Kang et al., Decoupling representation and classifier for long-tailed recognition, ICLR 2020;
    the square root also in Mahajan et al., Exploring the limits of weakly supervised pretraining, ECCV 2018.

    >>> Power(exponent=0.5).mass(Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([9, 4])))
    array([3., 2.])
    """

    name: ClassVar[str] = "power"
    counts_draws: ClassVar[bool] = False
    exponent: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.exponent <= 1:
            raise ConfigError(
                f"the exponent of power must lie between 0 (balanced) and 1 (natural); got {self.exponent:g}"
            )

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell up to a factor, float64 (K,)."""
        return counts.spread(counts.class_rows**self.exponent)
