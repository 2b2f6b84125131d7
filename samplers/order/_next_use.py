"""When a rank draws a row again: what a cache needs that evicts by the future (Belady, 1966)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._shards import Shards
from datatool.samplers.order._timeline import NEVER, Timeline


def next_uses(timeline: Timeline, shards: Shards, epoch: int, positions: NDArray[np.int64], /) -> NDArray[np.int64]:
    """The next place, counted over all epochs, at which this rank draws the row of each position again.

    Args:
        timeline: All epochs.
        shards: This rank's batches.
        epoch: 0-based.
        positions: int64 (N,), places of the epoch.

    Returns:
        int64 (N,), ``epoch * epoch_size + place``; `NEVER` where it is not before the end of the next epoch.
    """
    search = _Search(timeline, shards, epoch, positions)
    # Draws inside a window are shuffled: uses that come earlier in count may come later in place.
    search.run(-1)
    search.run(+1)
    return search.best


class _Search:
    """Goes through the uses of all rows side by side."""

    def __init__(self, timeline: Timeline, shards: Shards, epoch: int, positions: NDArray[np.int64]) -> None:
        self.timeline, self.shards, self.epoch = timeline, shards, epoch
        self.drawn = timeline.rows(epoch, positions)
        self.now = epoch * timeline.epoch_size + positions
        self.best = np.full(len(positions), NEVER)
        self.reach = timeline.reach(epoch, self.drawn.cells)
        self.near = timeline.turn(self.drawn, self.drawn.uses)  # a turn in the window that decides when to stop

    def run(self, direction: int) -> None:
        """Look at earlier uses inside the window, or at later ones until none can be sooner."""
        use = self.drawn.uses.copy()
        active = np.arange(len(use))
        while len(active):
            use[active] += direction
            turn = self.timeline.turn(self.drawn[active], use[active])
            possible = np.abs(turn - self.near[active]) <= self.reach[active]
            if direction > 0:
                possible |= self.best[active] == NEVER
            active = self._look(active[possible], turn[possible], direction)

    def _look(self, active: NDArray[np.intp], turn: NDArray[np.int64], direction: int) -> NDArray[np.intp]:
        """Keep what is sooner, and return those rows of which still sooner uses may follow."""
        when = self.timeline.when(self.epoch, self.drawn.cells[active], turn)
        found = (when > self.now[active]) & (when < self.best[active])
        found[found] = self.shards.holds(when[found] % self.timeline.epoch_size)
        self.best[active[found]] = when[found]
        self.near[active[found]] = turn[found]
        window = self._window(when)
        if direction > 0:
            more = (when != NEVER) & (window <= self._window(self.best[active]))
        else:
            more = (when != NEVER) & (window == self._window(self.now[active]))
        rest: NDArray[np.intp] = active[more]
        return rest

    def _window(self, when: NDArray[np.int64]) -> NDArray[np.int64]:
        """First place of the window of each place; `NEVER` is past them all."""
        first: NDArray[np.int64] = when - when % self.timeline.epoch_size % self.timeline.window
        return first
