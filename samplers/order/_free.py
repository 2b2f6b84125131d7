"""The order of an epoch: place -> (cell, which of its draws), with batches shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import hash_int, hash_u64
from datatool.samplers.order._permute import permute_in_groups, unpermute
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
        known, group = _numbered(place // self.window)
        first, size, key = self._windows(known)
        own = first[group]
        shuffled = own + permute_in_groups(place - own, group, size, key)
        start = int(first[0]) if len(first) else 0
        are_whole_windows = np.array_equal(place, np.arange(start, start + int(size.sum())))
        if not are_whole_windows:
            return self.tree.draws(shuffled, self._key)
        drawn = self.tree.draws_between(start, start + len(place), self._key)
        shuffled -= start
        return CellDraws(drawn.cell[shuffled], drawn.number[shuffled])

    def places(self, draws: CellDraws, /) -> NDArray[np.int64]:
        """The places of some draws, int64 (N,)."""
        place = self.tree.places(draws, self._key)
        first, size, key = self._windows(place // self.window)
        found: NDArray[np.int64] = first + unpermute(place - first, size, key)
        return found

    @property
    def _key(self) -> int:
        return hash_int("order", self.seed, self.epoch)

    def _windows(self, window: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
        """First place, size and key of some windows."""
        first = window * self.window
        size = np.minimum(self.window, self.epoch_size - first)
        return first, size, hash_u64("window", self.seed, self.epoch, window)


def _numbered(window: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The windows there are, and which of these each is, int64 (N,)."""
    if not len(window) or (lowest := int(window.min())) + len(window) <= int(window.max()):
        known, group = np.unique(window, return_inverse=True)
        return known, group
    return np.arange(lowest, int(window.max()) + 1), window - lowest
