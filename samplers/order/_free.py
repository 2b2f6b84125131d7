"""The order of an epoch: place -> (cell, which of its draws), with batches shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import hash_int, hash_u64
from datatool.samplers.order._permute import permute, unpermute
from datatool.samplers.order._tree import CellDraws, QuotaTree


class Order(Protocol):
    """One epoch."""

    def draws(self, place: NDArray[np.int64], /) -> CellDraws:
        """The draws at some places, int64 (N,), of the epoch."""
        ...

    def places(self, draws: CellDraws, /) -> NDArray[np.int64]:
        """The places of some draws; the inverse."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class FreeOrder:
    """Batches as the quotas give them.

    Attributes:
        tree: The quotas of the epoch.
        epoch_size: Their sum.
        seed: The sampler's.
        epoch: 0-based.
        window: Places that are shuffled together, a whole number of batches.
    """

    tree: QuotaTree
    epoch_size: int
    seed: int
    epoch: int
    window: int

    def draws(self, place: NDArray[np.int64], /) -> CellDraws:
        """The draws at some places, int64 (N,)."""
        first, size, key = self._windows(place)
        return self.tree.draws(first + permute(place - first, size, key), self._key)

    def places(self, draws: CellDraws, /) -> NDArray[np.int64]:
        """The places of some draws, int64 (N,)."""
        place = self.tree.places(draws, self._key)
        first, size, key = self._windows(place)
        found: NDArray[np.int64] = first + unpermute(place - first, size, key)
        return found

    @property
    def _key(self) -> int:
        return hash_int("order", self.seed, self.epoch)

    def _windows(self, place: NDArray[np.int64]) -> tuple[Any, Any, Any]:
        """First place, size and key of the window of each place: numbers where all lie in one, as a batch does."""
        if len(place) and (one := int(place.min()) // self.window) == int(place.max()) // self.window:
            start = one * self.window
            return start, min(self.window, self.epoch_size - start), hash_int("window", self.seed, self.epoch, one)
        window = place // self.window
        first = window * self.window
        size = np.minimum(self.window, self.epoch_size - first)
        return first, size, hash_u64("window", self.seed, self.epoch, window)
