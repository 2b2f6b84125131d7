"""`progressive:E`: from natural to balanced over the first E epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts
from datatool.schemas import ConfigError

MAX_EPOCHS: Final = 10_000  # each has quotas of its own, which opening a plan may have to add up


@dataclass(frozen=True, kw_only=True)
class Progressive:
    """Share of class c: (1 - t) x natural + t x equal, t = min(epoch / (E - 1), 1).

    Kang et al., Decoupling representation and classifier for long-tailed recognition, ICLR 2020,
    progressively-balanced sampling.

    >>> counts = Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([8, 2]))
    >>> Progressive(epochs=5).mass(counts), Progressive(epochs=5).last(counts)
    (array([0.8, 0.2]), array([0.5, 0.5]))
    """

    name: ClassVar[str] = "progressive"
    counts_draws: ClassVar[bool] = False
    epochs: int

    def __post_init__(self) -> None:
        if not 2 <= self.epochs <= MAX_EPOCHS:
            raise ConfigError(
                f"progressive must have 2 to {MAX_EPOCHS:,} epochs to go from one end to the other; got {self.epochs}"
            )

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell in epoch 0, float64 (K,)."""
        return counts.num_rows / counts.total

    def last(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell from epoch E - 1 on, float64 (K,)."""
        return counts.spread(np.full(len(counts.classes), 1 / len(counts.classes)))
