"""The order of an epoch whose batches are P classes of K images: place -> (cell, which of its draws)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._groups import Groups
from datatool.samplers.order._hash import hash_int
from datatool.samplers.order._steps import busy_back, busy_step, line_phase
from datatool.samplers.order._tree import CellDraws
from datatool.schemas import PlanError

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class GroupOrder:
    """Batches of P classes, K images each, the images of a class side by side.

    The draws of a class are shared out to its sources evenly, so that a group mixes them as the quotas do.

    Args:
        quota: int64 (cells,), draws of each cell; summed over each class, multiples of K.
        label: int64 (cells,), class of each cell.
        per_batch: (P, K).
        seed: The sampler's.
        epoch: 0-based.

    Raises:
        PlanError: If no such batches meet the quotas.
    """

    def __init__(self, quota: I64, label: I64, /, *, per_batch: tuple[int, int], seed: int, epoch: int) -> None:
        self._width, self._images = per_batch
        self._sources = _Sources(quota, label, key=hash_int("groups.source", seed, epoch))
        totals = np.bincount(self._sources.of_class, weights=quota).astype(np.int64)
        odd = totals[totals % self._images > 0]
        if len(odd):
            raise PlanError(
                f"the draws of each class must be a multiple of {self._images}; got {odd[0]}",
                hint="run datatool balance --per-batch again",
            )
        self._groups = Groups(totals // self._images, per_batch=self._width, seed=seed, epoch=epoch)

    def draws(self, place: I64, /) -> CellDraws:
        """The draws at some places, int64 (N,)."""
        batch, within = np.divmod(place, self._width * self._images)
        column, image = np.divmod(within, self._images)
        classes, groups = np.empty_like(place), np.empty_like(place)
        for number in np.unique(batch):
            part = batch == number
            table = self._groups.batch(int(number))
            classes[part], groups[part] = table.classes[0, column[part]], table.groups[0, column[part]]
        return self._sources.draws(classes, groups * self._images + image)

    def places(self, draws: CellDraws, /) -> I64:
        """The places of some draws, int64 (N,)."""
        classes, number = self._sources.numbers(draws)
        groups, image = np.divmod(number, self._images)
        batch, column = self._groups.find(classes, groups)
        place: I64 = (batch * self._width + column) * self._images + image
        return place


class _Sources:
    """The cells of each class as a chain: each takes its share of the draws that those before it have left.

    Args:
        quota: int64 (K,), draws of each cell.
        label: int64 (K,), class of each cell.
        key: Well-mixed 64 bits.
    """

    def __init__(self, quota: I64, label: I64, /, *, key: int) -> None:
        self._key = np.uint64(key)
        _, self.of_class = np.unique(label, return_inverse=True)
        self._cell = np.argsort(self.of_class, kind="stable")  # chains stand one after another
        self._link = np.argsort(self._cell)
        self._first = np.searchsorted(self.of_class[self._cell], np.arange(self.of_class.max() + 1))
        self._quota = quota[self._cell].astype(np.uint64)
        ends = np.append(np.cumsum(quota[self._cell]), 0)
        last = np.append(self._first[1:], len(quota)) - 1
        self._left = (ends[last][self.of_class[self._cell]] - ends[np.arange(len(quota)) - 1]).astype(np.uint64)

    def draws(self, classes: I64, number: I64, /) -> CellDraws:
        """The draws of cells that draws of classes are."""
        link, count = self._first[classes], number.astype(np.uint64)
        active = np.arange(len(link))
        while len(active):
            at = link[active]
            left, own = self._left[at], self._quota[at]
            stays, count[active] = busy_step(count[active], left, own, line_phase(at, left, self._key))
            active = active[~stays]
            link[active] += 1
        return CellDraws(self._cell[link], count.view(np.int64))

    def numbers(self, draws: CellDraws, /) -> tuple[I64, I64]:
        """The draws of classes, as class and number, that draws of cells are."""
        link, count = self._link[draws.cell], draws.number.astype(np.uint64)
        classes = self.of_class[draws.cell]
        active, is_own = np.arange(len(link)), np.ones(len(link), np.bool_)
        while len(active):
            at = link[active]
            left, own = self._left[at], self._quota[at]
            count[active] = busy_back(count[active], is_own[active], left, own, line_phase(at, left, self._key))
            is_own[:] = False
            active = active[at > self._first[classes[active]]]
            link[active] -= 1
        return classes, count.view(np.int64)
