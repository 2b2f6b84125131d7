"""The order of cells in an epoch: place -> (cell, which of its draws), and back, in O(log cells).

Cells stand in a binary tree, sorted by quota and split near half of the quota. A node with ``total`` draws hands
``light`` of them to its lighter child and the rest to the heavier one, one draw at a time:

    place in the epoch      0 1 2 3 4 5 6 7 ...
    root                    H L H H L H H L ...     L: the n-th draw of the light child, H: of the heavy child
    light child               0     1     2         and so on down to a cell

Which draws go to the light child is decided in closed form, so that after any number of draws it has had its share
to within one:

* Busy nodes (some draws in every batch) use a Bresenham line, the light child taking draw k when
  floor((k light + phase) / total) steps up; the phase is hashed from epoch and node.
* Sparse nodes divide their draws into ``light`` runs of nearly equal length and give one draw of each run, chosen by
  a hash of epoch, node and run. Fixed lines would keep classes of equal quota in step for a whole epoch, so that the
  same rare classes met again and again.

The error of a child is at most its share of its parent's error plus one, and shares are near one half, so errors do not
pile up with depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import mix, uniform

U64 = NDArray[np.uint64]

# A node is sparse when it has fewer draws per batch than this. Chosen so that a batch holds a few of a sparse node's
# draws at most, which bounds what its random runs can add up to.
SPARSE_BELOW: Final = 4

# How far, relatively, sorting may take a quota for larger than it is. Cells side by side in the tree seldom meet in a
# batch, so they should be others in each epoch; more than this would loosen the bounds.
BLUR: Final = 0.5

_NODE: Final = np.uint64(0x9E3779B97F4A7C15)
_RUN: Final = np.uint64(0xD1B54A32D192ED03)
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)


class CellDraws(NamedTuple):
    """Draws of an epoch, named by their cell and their number there.

    Attributes:
        cell: int64 (N,).
        number: int64 (N,), 0-based, in [0, quota of the cell).
    """

    cell: NDArray[np.int64]
    number: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class QuotaTree:
    """A tree over the cells that have a quota.

    Attributes:
        total: uint64 (M,), draws of each node; the root is node 0.
        light: uint64 (M,), draws of the lighter child; 0 at leaves.
        child: int64 (M,), the lighter child, the heavier one being next to it; at leaves -1 - cell.
        parent: int64 (M,), -1 at the root.
        leaf: int64 (K,), node of each cell, -1 where the quota is 0.
        busy_from: Nodes with at least so many draws are busy.
    """

    total: U64
    light: U64
    child: NDArray[np.int64]
    parent: NDArray[np.int64]
    leaf: NDArray[np.int64]
    busy_from: int

    @classmethod
    def build(cls, quota: NDArray[np.int64], /, *, batch: int, key: int = 0) -> QuotaTree:
        """Build the tree of an epoch.

        Args:
            quota: int64 (K,), draws of each cell, summing to between 1 and 2^32 - 1.
            batch: Draws per batch; decides which nodes are busy.
            key: Decides the order among quotas that are much the same.
        """
        cells = np.flatnonzero(quota)
        blurred = quota[cells] * (1 + BLUR * uniform("tree", key, cells))
        cells = cells[np.argsort(-blurred, kind="stable")]
        ends = np.concatenate([[0], np.cumsum(quota[cells])])
        low, high, child, parent = _split(ends)
        total = ends[high] - ends[low]
        light = np.where(child >= 0, total[child], 0)
        leaf = np.full(len(quota), -1, np.int64)
        is_leaf = np.flatnonzero(child < 0)
        leaf[cells[low[is_leaf]]] = is_leaf
        child[is_leaf] = -1 - cells[low[is_leaf]]
        return cls(
            total=total.astype(np.uint64),
            light=light.astype(np.uint64),
            child=child,
            parent=parent,
            leaf=leaf,
            busy_from=-(-SPARSE_BELOW * int(ends[-1]) // batch),
        )

    def draws(self, place: NDArray[np.int64], key: int, /) -> CellDraws:
        """The draws at some places of the epoch that ``key`` names.

        Args:
            place: int64 (N,), each in [0, epoch size).
            key: Well-mixed 64 bits.
        """
        number = place.astype(np.uint64)
        node = np.zeros(len(place), np.int64)
        for step, busy in ((busy_step, True), (_sparse_step, False)):
            active = np.flatnonzero(self._goes_on(node, busy=busy))
            while len(active):
                at, count = node[active], number[active]
                to_light, count = step(count, at, self.total[at], self.light[at], np.uint64(key))
                at = self.child[at] + ~to_light
                node[active], number[active] = at, count
                active = active[self._goes_on(at, busy=busy)]
        return CellDraws(-1 - self.child[node], number.view(np.int64))

    def places(self, draws: CellDraws, key: int, /) -> NDArray[np.int64]:
        """The places of some draws, int64 (N,); the inverse of `draws`."""
        place = draws.number.astype(np.uint64)
        node = self.leaf[draws.cell]
        active = np.flatnonzero(node > 0)
        while len(active):
            child, count = node[active], place[active]
            at = self.parent[child]
            is_light = self.child[at] == child
            place[active] = self._climb(count, at, is_light, np.uint64(key))
            node[active] = at
            active = active[at > 0]
        return place.view(np.int64)

    def counts(self, place: int, key: int, /) -> NDArray[np.int64]:
        """Draws of each cell before a place in [0, epoch size], int64 (K,); in O(cells)."""
        found = np.zeros(len(self.leaf), np.int64)
        node, number = np.zeros(1, np.int64), np.array([place], np.uint64)
        while len(node):
            is_leaf = self.light[node] == 0
            found[-1 - self.child[node[is_leaf]]] = number[is_leaf]
            node, number = node[~is_leaf], number[~is_leaf]
            to_light = self._light_share(number, node, np.uint64(key))
            node = np.concatenate([self.child[node], self.child[node] + 1])
            number = np.concatenate([to_light, number - to_light])
        return found

    def _light_share(self, number: U64, node: NDArray[np.int64], key: np.uint64) -> U64:
        """How many of the first ``number`` draws of each node go to its light child."""
        share = np.empty_like(number)
        busy = self.total[node] >= self.busy_from
        for select, step in ((busy, busy_step), (~busy, _sparse_step)):
            at, count = node[select], number[select]
            is_light, child = step(count, at, self.total[at], self.light[at], key)
            share[select] = np.where(is_light, child, count - child)
        return share

    def _goes_on(self, node: NDArray[np.int64], *, busy: bool) -> NDArray[np.bool_]:
        inner = self.light[node] > 0
        if busy:
            inner &= self.total[node] >= self.busy_from
        return inner

    def _climb(self, count: U64, at: NDArray[np.int64], is_light: NDArray[np.bool_], key: np.uint64) -> U64:
        total, light = self.total[at], self.light[at]
        busy = total >= self.busy_from
        result = np.empty_like(count)
        for select, back in ((busy, busy_back), (~busy, _sparse_back)):
            if select.any():
                result[select] = back(count[select], at[select], total[select], light[select], is_light[select], key)
        return result


def _split(ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Split ranges of sorted cells near half of their draws, level by level: low, high, child and parent of nodes."""
    low, high = np.array([0]), np.array([len(ends) - 1])
    parents = np.array([-1])
    levels, known = [], 0
    while len(low):
        inner = np.flatnonzero(high - low > 1)
        child = np.full(len(low), -1)
        child[inner] = known + len(low) + 2 * np.arange(len(inner))
        levels.append((low, high, child, parents))
        parents = np.repeat(known + inner, 2)
        known += len(low)
        low, high = _halves(ends, low[inner], high[inner])
    columns = [np.concatenate(column) for column in zip(*levels, strict=True)]
    return tuple(columns)


def _halves(
    ends: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut each range where its parts are most alike; the lighter part first."""
    twice_half = ends[low] + ends[high]
    cut = np.clip(np.searchsorted(2 * ends, twice_half), low + 1, high - 1)
    before = np.maximum(cut - 1, low + 1)
    cut = np.where(np.abs(2 * ends[before] - twice_half) < np.abs(2 * ends[cut] - twice_half), before, cut)
    first_is_light = 2 * ends[cut] <= twice_half
    lows = np.where(first_is_light, [low, cut], [cut, low])
    highs = np.where(first_is_light, [cut, high], [high, cut])
    return lows.T.reshape(-1), highs.T.reshape(-1)


def _phase(bits: U64, below: U64) -> U64:
    """A number in [0, below), from the upper half of ``bits``."""
    return (bits >> _HALF) * below >> _HALF


def _line_phase(node: NDArray[np.int64], total: U64, key: np.uint64) -> U64:
    return _phase(mix(node.view(np.uint64) * _NODE + key), total)


def busy_step(
    count: U64, node: NDArray[np.int64], total: U64, light: U64, key: np.uint64
) -> tuple[NDArray[np.bool_], U64]:
    """Whether draw ``count`` of each node goes to its light child, and its number there."""
    height = count * light + _line_phase(node, total, key)
    before = height // total
    to_light = height - before * total >= total - light
    return to_light, np.where(to_light, before, count - before)


def busy_back(
    count: U64, node: NDArray[np.int64], total: U64, light: U64, is_light: NDArray[np.bool_], key: np.uint64
) -> U64:
    """The draw of each node that is draw ``count`` of its light or its heavy child; the inverse of `busy_step`."""
    phase = _line_phase(node, total, key)
    height = np.where(is_light, (count + _ONE) * total - phase - _ONE, count * total + phase)
    return height // np.where(is_light, light, total - light)


def _run_bits(node: NDArray[np.int64], light: U64, key: np.uint64) -> tuple[U64, U64]:
    """Bits of a sparse node, and where its first run begins, in [0, light): a fraction of one draw."""
    bits = mix(node.view(np.uint64) * _NODE + ~key)
    return bits, _phase(bits, light)


def _chosen(bits: U64, run: U64, length: U64) -> U64:
    """Which draw of a run goes to the light child."""
    return _phase(mix(bits + (run + _ONE) * _RUN), length)


def _sparse_step(
    count: U64, node: NDArray[np.int64], total: U64, light: U64, key: np.uint64
) -> tuple[NDArray[np.bool_], U64]:
    """As `busy_step`; run i holds the draws k with floor((k light + phase) / total) = i, at least two."""
    bits, phase = _run_bits(node, light, key)
    height = count * light + phase
    run = height // total
    rest = height - run * total
    place = rest // light
    length: U64 = (total - _ONE - (rest - place * light)) // light + _ONE
    chosen = _chosen(bits, run, length)
    to_light = place == chosen
    return to_light, np.where(to_light, run, count - run - (place > chosen))


def _sparse_back(
    count: U64, node: NDArray[np.int64], total: U64, light: U64, is_light: NDArray[np.bool_], key: np.uint64
) -> U64:
    bits, phase = _run_bits(node, light, key)
    run: U64 = np.where(is_light, count, (count * light + phase) // (total - light))
    start: U64 = (run * total + (light - _ONE - phase)) // light
    length: U64 = (total - _ONE - (start * light + phase - run * total)) // light + _ONE
    chosen = _chosen(bits, run, length)
    heavy = count - (start - run)
    return start + np.where(is_light, chosen, heavy + (heavy >= chosen))
