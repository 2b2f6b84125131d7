"""What an epoch costs, and what each strategy would cost before a plan is made."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.allocation._allocate import allocate
from datatool.samplers.strategies import STRATEGIES, parse_strategy
from datatool.schemas.allocation import Counts


@dataclass(frozen=True, kw_only=True)
class EpochCost:
    """An epoch in numbers.

    Attributes:
        epoch_size: Draws.
        unique: Rows that are drawn at least once.
        unused: Rows that are not drawn.
        smallest: Draws of the class that is drawn least.
        ratio: Draws of the most drawn class over those of the least drawn; infinity where a class is not drawn.
        max_repeat: How often the row that is drawn most is drawn.
    """

    epoch_size: int
    unique: int
    unused: int
    smallest: int
    ratio: float
    max_repeat: int


def epoch_cost(counts: Counts, quota: NDArray[np.int64], /) -> EpochCost:
    """The cost of an epoch with these quotas, int64 (K,).

    >>> cost = epoch_cost(Counts.of({0: {"real": 90}, 1: {"real": 10}}), np.array([90, 90]))
    >>> (cost.epoch_size, cost.unique, cost.max_repeat)
    (180, 100, 9)
    """
    per_class = counts.per_class(quota)
    unique = int(np.minimum(quota, counts.num_rows).sum())
    return EpochCost(
        epoch_size=int(quota.sum()),
        unique=unique,
        unused=counts.total - unique,
        smallest=int(per_class.min()),
        ratio=float(per_class.max() / per_class.min()) if per_class.min() else math.inf,
        max_repeat=int((-(-quota // counts.num_rows)).max()),
    )


def strategy_costs(counts: Counts, /) -> dict[str, EpochCost]:
    """The cost of an epoch under every strategy that says it is to be priced, by how it is written."""
    priced = [kind.priced for kind in STRATEGIES.values() if kind.priced is not None]
    return {text: epoch_cost(counts, allocate(counts, parse_strategy(text)).quota) for text in priced}
