"""Shares of a mixture: quantiles of the symmetric beta distribution, by a table."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAX_ALPHA: Final = 8.0  # beyond, every share is about a half
_GRID: Final = 4097


def beta_quantile(alpha: float, probability: float, /) -> float:
    """Quantile of the symmetric beta distribution.

    >>> round(beta_quantile(1.0, 0.3), 3)
    0.3
    """
    values, cumulated = _beta_table(alpha)
    if probability > 0.5:
        return 1 - float(np.interp(1 - probability, cumulated, values))
    return float(np.interp(probability, cumulated, values))


@lru_cache(maxsize=8)
def _beta_table(alpha: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values in [0, 1/2] and their cumulated probability.

    With v = x^alpha the density's pole at 0 is gone: x^(alpha-1) dx = dv / alpha.
    """
    powers = np.linspace(0, 0.5**alpha, _GRID)
    values = powers ** (1 / alpha)
    density = (1 - values) ** (alpha - 1)
    steps = np.diff(powers) * (density[1:] + density[:-1]) / 2
    cumulated = np.concatenate([[0], np.cumsum(steps)])
    return values, cumulated / cumulated[-1] / 2
