"""All draws of some places that follow each other, as they go down the busy nodes of a tree together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from datatool.samplers.order._steps import Counts, busy_before, busy_light

I64 = NDArray[np.int64]


class Stretches(NamedTuple):
    """Draws that follow each other, of some nodes.

    Attributes:
        node: int64 (V,).
        low: uint64 or float64 (V,), the number of the first draw of each node.
        length: int64 (V,), at least 1: how many draws.
        place: int64 (N,), the place of each draw, counted from the first one; stretches stand one after another.
    """

    node: I64
    low: Counts
    length: I64
    place: I64

    @classmethod
    def of(cls, first: int, end: int, dtype: DTypeLike) -> Stretches:
        """The places from ``first`` up to ``end``, at the root."""
        size = end - first
        return cls(np.zeros(1, np.int64), np.array([first], dtype), np.array([size]), np.arange(size))

    def split(self, busy: NDArray[np.bool_], total: Counts, light: Counts, phase: Counts, child: I64) -> Stretches:
        """One level down from nodes that are ``busy``, bool (V,); columns and ``child`` are those of all nodes."""
        on = np.flatnonzero(busy)
        node, low = self.node[on], self.low[on]
        columns = total[node], light[node], phase[node]
        before = busy_before(low, *columns)
        share = (busy_before(low + self.length[on].astype(low.dtype), *columns) - before).astype(np.int64)
        index = self._to_light(on, before, share, columns)
        stays = np.ones(len(self.place), np.bool_)
        stays[index] = False
        heavy_node, heavy_low, heavy_length = self.node.copy(), self.low.copy(), self.length.copy()
        heavy_node[on] = child[node] + 1
        heavy_low[on] -= before
        heavy_length[on] -= share
        return Stretches(
            np.concatenate([child[node], heavy_node]),
            np.concatenate([before, heavy_low]),
            np.concatenate([share, heavy_length]),
            np.concatenate([self.place[index], self.place[np.flatnonzero(stays)]]),
        )._without_empty()

    def numbers(self) -> Counts:
        """The number of each draw at its node, as ``low`` (N,)."""
        ahead = self.low - self._starts().astype(self.low.dtype)
        numbers: Counts = np.repeat(ahead, self.length)
        numbers += np.arange(len(self.place)).astype(numbers.dtype)
        return numbers

    def nodes(self) -> I64:
        """The node of each draw, int64 (N,)."""
        return np.repeat(self.node, self.length)

    def _to_light(self, on: I64, before: Counts, share: I64, columns: tuple[Counts, Counts, Counts]) -> I64:
        """Which draws, as indices of ``place``, go to the light children of the nodes ``on``.

        Draws of all light children are counted through: the n-th is number n - ahead of its node's.
        """
        total, light, phase = columns
        ahead = (np.cumsum(share) - share).astype(before.dtype)
        height = (before - ahead) * total + (total - phase) - 1
        which = np.repeat(np.arange(len(on)), share)
        draw = busy_light(np.arange(len(which)).astype(before.dtype), total[which], light[which], height[which])
        draw += (self._starts()[on].astype(draw.dtype) - self.low[on])[which]
        return draw.astype(np.int64)

    def _starts(self) -> I64:
        starts: I64 = np.cumsum(self.length) - self.length
        return starts

    def _without_empty(self) -> Stretches:
        some = np.flatnonzero(self.length)
        return Stretches(self.node[some], self.low[some], self.length[some], self.place)
