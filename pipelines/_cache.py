"""Decoded pictures kept for their next draw; the plan tells the future, so eviction is Belady's.

L. A. Belady, A study of replacement algorithms for a virtual-storage computer, IBM Systems Journal 5(2), 1966: what is
needed last is thrown out first, and what would be needed last of all is not let in.
"""

from __future__ import annotations

import heapq
import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_SLACK = 1024  # stale entries that may lie in the heap beside one for each picture


class Kept(NamedTuple):
    """A decoded picture."""

    pixels: NDArray[np.uint8]  # (H, W, 3), read-only
    width: int  # of the upright original
    height: int
    scale: int  # decoded at 1 / scale
    scalable: bool  # whether another crop may ask for another scale
    repaired: str  # how its file was mended, or nothing


class BeladyCache:
    """At most ``budget`` bytes of decoded pictures, one for each row; safe to share between threads."""

    def __init__(self, budget: int, /) -> None:
        self.budget = budget
        self.used = 0
        self._kept: dict[int, tuple[int, Kept]] = {}  # row -> (next use, picture)
        self._latest: list[tuple[int, int]] = []  # heap of (-next use, row); stale entries are skipped
        self._lock = threading.Lock()

    def get(self, row: int, /) -> Kept | None:
        """The picture of ``row``, of whatever scale it was decoded at."""
        found = self._kept.get(row)
        return None if found is None else found[1]

    def offer(self, row: int, kept: Kept, next_use: int, /) -> None:
        """Keep the picture if it is needed sooner than what it would push out; also moves on the next use."""
        size = kept.pixels.nbytes
        with self._lock:
            self._drop(row)
            if size > self.budget or not self._make_room(size, next_use):
                return
            self._kept[row] = (next_use, kept)
            self.used += size
            heapq.heappush(self._latest, (-next_use, row))
            if len(self._latest) > 2 * len(self._kept) + _SLACK:
                self._latest = [(-use, kept_row) for kept_row, (use, _) in self._kept.items()]
                heapq.heapify(self._latest)

    def close(self) -> None:
        """Free the pictures and keep no more."""
        with self._lock:
            self.budget = self.used = 0
            self._kept.clear()
            self._latest.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def _make_room(self, size: int, next_use: int) -> bool:
        """Throw out what is needed later than ``next_use``; nothing, if that is not enough."""
        doomed: dict[int, tuple[int, int]] = {}  # row -> its entry in the heap
        room = self.budget - self.used
        while room < size and self._latest:
            negative, row = self._latest[0]
            found = self._kept.get(row)
            if found is None or found[0] != -negative or row in doomed:
                heapq.heappop(self._latest)
                continue
            if -negative <= next_use:
                break
            doomed[row] = heapq.heappop(self._latest)
            room += found[1].pixels.nbytes
        if room < size:
            for entry in doomed.values():
                heapq.heappush(self._latest, entry)
            return False
        for row in doomed:
            self._drop(row)
        return True

    def _drop(self, row: int) -> None:
        found = self._kept.pop(row, None)
        if found is not None:
            self.used -= found[1].pixels.nbytes
