"""`effective:BETA`: rows discounted for what they repeat of one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts
from datatool.schemas import ConfigError


def effective_number(num_rows: NDArray[np.float64], beta: float, /) -> NDArray[np.float64]:
    """Effective number of samples, E(n) = (1 - beta^n) / (1 - beta).

    Cui et al., Class-balanced loss based on effective number of samples, CVPR 2019, Proposition 1.

    Raises:
        ConfigError: If beta is not in [0, 1).

    >>> effective_number(np.array([1.0, 2.0, 1e9]), 0.5)
    array([1. , 1.5, 2. ])
    """
    if not 0 <= beta < 1:
        raise ConfigError(f"beta must lie in [0, 1); got {beta:g}", hint="0.9, 0.99, 0.999 and 0.9999 are usual")
    if beta == 0:
        return np.ones_like(num_rows)
    number: NDArray[np.float64] = -np.expm1(num_rows * np.log(beta)) / (1 - beta)
    return number


@dataclass(frozen=True, kw_only=True)
class Effective:
    """Share of class c proportional to n_c / E(n_c): beta = 0 natural, beta towards 1 balanced.

    The mass that class-balanced weights 1 / E(n_c) give to n_c rows, met by drawing instead of weighting.
    Cui et al., CVPR 2019, Proposition 1.

    >>> Effective(beta=0.0).mass(Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([9, 4])))
    array([9., 4.])
    """

    name: ClassVar[str] = "effective"
    counts_draws: ClassVar[bool] = False
    beta: float

    def __post_init__(self) -> None:
        effective_number(np.ones(1), self.beta)

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell up to a factor, float64 (K,)."""
        return counts.spread(counts.class_rows / effective_number(counts.class_rows, self.beta))
