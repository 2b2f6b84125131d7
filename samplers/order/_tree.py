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

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import uniform
from datatool.samplers.order._recent import Recent
from datatool.samplers.order._steps import (
    U64,
    Counts,
    Step,
    busy_back,
    busy_step,
    fits_float,
    line_phase,
    run_bits,
    sparse_back,
    sparse_step,
)
from datatool.samplers.order._stretches import Stretches

# A node is sparse when it has fewer draws per batch than this. Chosen so that a batch holds a few of a sparse node's
# draws at most, which bounds what its random runs can add up to.
SPARSE_BELOW: Final = 4

# How far, relatively, sorting may take a quota for larger than it is. Cells side by side in the tree seldom meet in a
# batch, so they should be others in each epoch; more than this would loosen the bounds.
BLUR: Final = 0.5


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
        chances = self._chances(key)
        node, number = np.zeros(len(place), np.int64), place.astype(chances.busy.total.dtype)
        self._descend(node, number, self._is_busy, partial(_busy_step, chances.busy))
        return self._through_sparse(node, number, chances)

    def draws_between(self, first: int, end: int, key: int, /) -> CellDraws:
        """The draws at all places from ``first`` up to ``end``, in their order: `draws` of them, sooner.

        All draws of a stretch that a busy node has follow each other, so what goes to its light child is counted off
        instead of looked at draw by draw.
        """
        chances = self._chances(key)
        part = Stretches.of(first, end, chances.busy.total.dtype)
        while (busy := self._is_busy[part.node]).any():
            part = part.split(busy, *chances.busy[:3], self.child)
        drawn = self._through_sparse(part.nodes(), part.numbers(), chances)
        order = np.empty_like(part.place)
        order[part.place] = np.arange(len(order))
        return CellDraws(drawn.cell[order], drawn.number[order])

    def _through_sparse(self, node: NDArray[np.int64], number: Counts, chances: _Chances) -> CellDraws:
        number = number.astype(chances.sparse.total.dtype, copy=False)
        self._descend(node, number, self._is_inner, partial(_sparse_step, chances.sparse))
        return CellDraws(-1 - self.child[node], number.astype(np.int64))

    def places(self, draws: CellDraws, key: int, /) -> NDArray[np.int64]:
        """The places of some draws, int64 (N,); the inverse of `draws`."""
        tables = self._chances(key).whole
        place = draws.number.astype(np.uint64)
        node = self.leaf[draws.cell]
        active = np.flatnonzero(node > 0)
        while len(active):
            child, count = node[active], place[active]
            at = self.parent[child]
            is_light = self.child[at] == child
            place[active] = self._climb(count, at, is_light, tables)
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
            to_light = self._light_share(number, node, self._chances(key).whole)
            node = np.concatenate([self.child[node], self.child[node] + 1])
            number = np.concatenate([to_light, number - to_light])
        return found

    def _descend(
        self, node: NDArray[np.int64], number: Counts, inner: NDArray[np.bool_], step: Callable[..., Step]
    ) -> None:
        """Take draws down, in place, as long as their nodes are ``inner``, bool (M,)."""
        active = np.flatnonzero(inner[node])
        at, count = node[active], number[active]
        while len(active):
            to_light, count = step(at, count)
            at = self.child[at]
            at += ~to_light
            goes_on = inner[at]
            keep = np.flatnonzero(goes_on)
            if len(keep) < len(at):
                done = np.flatnonzero(~goes_on)
                origin = active[done]
                node[origin], number[origin] = at[done], count[done]
                active, at, count = active[keep], at[keep], count[keep]

    def _light_share(self, number: U64, node: NDArray[np.int64], tables: _Tables) -> U64:
        """How many of the first ``number`` draws of each node go to its light child."""
        share = np.empty_like(number)
        busy = self.total[node] >= self.busy_from
        for select, step in ((busy, _busy_step), (~busy, _sparse_step)):
            is_light, child = step(tables, node[select], number[select])
            share[select] = np.where(is_light, child, number[select] - child)
        return share

    def _climb(self, count: U64, at: NDArray[np.int64], is_light: NDArray[np.bool_], tables: _Tables) -> U64:
        busy = self.total[at] >= self.busy_from
        result = np.empty_like(count)
        for select, back in ((busy, busy_back), (~busy, sparse_back)):
            if select.any():
                some = at[select]
                columns = [column[some] for column in (tables.total, tables.light, tables.phase, tables.bits)]
                result[select] = back(count[select], is_light[select], *columns)
        return result

    @cached_property
    def _is_inner(self) -> NDArray[np.bool_]:
        return self.light > 0

    @cached_property
    def _is_busy(self) -> NDArray[np.bool_]:
        """Bool (M,): inner nodes with some draws in every batch."""
        busy: NDArray[np.bool_] = self._is_inner & (self.total >= self.busy_from)
        return busy

    @cached_property
    def _chances(self) -> Recent[_Chances]:
        return Recent(self._draw_chances, size=2)

    def _draw_chances(self, key: int) -> _Chances:
        """Phases and bits of all nodes, in O(cells), so that a draw needs not hash each node on its way again."""
        node = np.arange(len(self.total))
        bits, phase = run_bits(node, self.light, np.uint64(key))
        busy = np.flatnonzero(self._is_busy)
        phase[busy] = line_phase(busy, self.total[busy], np.uint64(key))
        whole = _Tables(self.total, self.light, phase, bits)
        most = int(self.total[0])
        total, light, start = (column.astype(np.float64) for column in (self.total, self.light, phase))
        in_float = _Tables(total, light, start, bits)
        return _Chances(
            whole=whole,
            busy=in_float if fits_float(most) else whole,
            sparse=in_float if fits_float(min(most, self.busy_from)) else whole,
        )


class _Tables(NamedTuple):
    """Columns of all nodes; the first three uint64 or float64 (M,)."""

    total: Counts
    light: Counts
    phase: Counts
    bits: U64


class _Chances(NamedTuple):
    """What is hashed of the nodes in an epoch: in uint64, and as draws go down busy and sparse nodes soonest."""

    whole: _Tables
    busy: _Tables
    sparse: _Tables


def _busy_step(tables: _Tables, at: NDArray[np.int64], count: Counts) -> Step:
    return busy_step(count, tables.total[at], tables.light[at], tables.phase[at])


def _sparse_step(tables: _Tables, at: NDArray[np.int64], count: Counts) -> Step:
    return sparse_step(count, tables.total[at], tables.light[at], tables.phase[at], tables.bits[at])


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
