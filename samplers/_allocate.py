"""From a strategy and its modifiers to whole quotas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts
from datatool.samplers._strategies import Strategy
from datatool.schemas import Limits, round_quotas


@dataclass(frozen=True, kw_only=True, eq=False)
class Allocation:
    """Quotas of an epoch.

    Attributes:
        quota: int64 (K,).
        epoch_size: Their sum.
    """

    quota: NDArray[np.int64]
    epoch_size: int


def allocate(counts: Counts, strategy: Strategy, /, *, seed: int = 0) -> Allocation:
    """Quotas of each cell."""
    mass = strategy.mass(counts)
    total = round(mass.sum()) if strategy.counts_draws else counts.total
    ideal = mass * (total / mass.sum())
    limits = Limits(cap=np.full(len(mass), total, np.int64), synthetic=counts.synthetic)
    quota = round_quotas(ideal, counts.class_index, limits, total=total, seed=seed)
    return Allocation(quota=quota, epoch_size=total)
