"""Which classes meet in a batch when each batch is P classes of K images: batch -> (class, which of its groups).

The unit is a group of K images of a class; a class with u groups meets u batches, none twice. The batches before the
last short one are taken in blocks:

1. How many groups of each class fall into a block comes from quota trees. Classes in up to half of the batches are
   counted by their groups, those in more by the batches they miss; so no class comes near one group per batch of the
   block by error, and those in every batch miss none.
2. Inside a block the groups, class by class in hashed order, are dealt to the batches in turn (McNaughton's
   wrap-around rule, 1959): every batch gets P, and never two of one class.

Another order of classes and batches in each block changes who meets whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import hash_int, hash_u64
from datatool.samplers.order._recent import Recent
from datatool.samplers.order._tree import CellDraws, QuotaTree
from datatool.schemas import PlanError

# Long enough that half of it plus the error of the trees stays below it.
BLOCK: Final = 16

I64 = NDArray[np.int64]


class Table(NamedTuple):
    """Some whole batches.

    Attributes:
        classes: int64 (batches, P), no class twice in a row.
        groups: int64 (batches, P), which group of its class each is, from 0.
    """

    classes: I64
    groups: I64


class Groups:
    """The batches of one epoch.

    Args:
        num_groups: int64 (C,), groups of each class.
        per_batch: P, classes in a batch.
        seed: The sampler's.
        epoch: 0-based.

    Raises:
        PlanError: If a class has more groups than there are batches.
    """

    def __init__(self, num_groups: I64, /, *, per_batch: int, seed: int, epoch: int) -> None:
        self._width = per_batch
        self._words = seed, epoch
        self.num_whole, rest = divmod(int(num_groups.sum()), per_batch)
        self._short = self._choose_short(num_groups, rest)
        self._last_groups = num_groups - 1
        whole = num_groups.copy()
        whole[self._short] -= 1
        if whole.max(initial=0) > self.num_whole:
            raise PlanError(
                f"a class must have at most one group per batch, {self.num_whole}; got {whole.max()} in epoch {epoch}",
                hint="run datatool balance --per-batch again",
            )
        self._split = _Split.of(
            whole, num_batches=self.num_whole, per_batch=per_batch, key=hash_int("groups", seed, epoch)
        )
        self._num_blocks = max(1, self.num_whole // BLOCK)
        self._tables = Recent(self._make_table, size=4)
        self._missed = Recent(self._make_missed, size=256)

    def batch(self, number: int, /) -> Table:
        """One batch as a table of one row."""
        if number == self.num_whole:
            return Table(self._short[None], self._last_groups[self._short][None])
        block = self._block(number)
        row = number - block * BLOCK
        table = self._tables(block)
        return Table(table.classes[row : row + 1], table.groups[row : row + 1])

    def find(self, classes: I64, groups: I64, /) -> tuple[I64, I64]:
        """Batch and column of some groups, int64 (N,) each; the inverse of `batch`."""
        batch = np.full(len(classes), self.num_whole)
        column = np.zeros(len(classes), np.int64)
        in_short = np.isin(classes, self._short) & (groups == self._last_groups[classes])
        where = {int(c): i for i, c in enumerate(self._short)}
        column[in_short] = [where[int(c)] for c in classes[in_short]]
        whole = np.flatnonzero(~in_short)
        blocks = self._blocks_of(classes[whole], groups[whole])
        for block in np.unique(blocks):
            part = whole[blocks == block]
            table = self._tables(int(block))
            known = _pair(table.classes, table.groups).reshape(-1)
            order = np.argsort(known)
            at = order[np.searchsorted(known[order], _pair(classes[part], groups[part]))]
            batch[part] = block * BLOCK + at // self._width
            column[part] = at % self._width
        return batch, column

    def _choose_short(self, num_groups: I64, rest: int) -> I64:
        """Classes of the short batch: first those in every batch, then by chance in proportion to their groups.

        That is systematic sampling: points at equal distances along all groups, class by class in hashed order. A class
        has fewer groups than points are apart, so none is taken twice.
        """
        must = np.flatnonzero(num_groups > self.num_whole)
        may = np.flatnonzero(num_groups <= self.num_whole)
        num_points = rest - len(must)
        if num_points <= 0:
            return must[:rest]
        may = may[np.argsort(hash_u64("groups.short", *self._words, may))]
        ends = np.cumsum(num_groups[may])
        phase = hash_int("groups.point", *self._words) % int(ends[-1])
        points = (np.arange(num_points) * ends[-1] + phase) // num_points
        return np.sort(np.concatenate([must, may[np.searchsorted(ends, points, side="right")]]))

    def _block(self, batch: int) -> int:
        return min(batch // BLOCK, self._num_blocks - 1)  # the last one takes what is left over

    def _ends(self, block: int) -> tuple[int, int]:
        return block * BLOCK, self.num_whole if block == self._num_blocks - 1 else (block + 1) * BLOCK

    def _lights_before(self, batch: int) -> int:
        """Groups of light classes in the batches before ``batch``."""
        phase = hash_int("groups.light", *self._words) % self.num_whole
        return (batch * self._split.num_light + phase) // self.num_whole

    def _make_missed(self, batch: int) -> I64:
        """How many of the batches before ``batch`` each heavy class misses, int64 (number of heavy classes,)."""
        split = self._split
        if split.heavy_tree is None:
            return np.zeros(len(split.heavy), np.int64)
        total = batch * (len(split.heavy) - self._width) + self._lights_before(batch)
        return split.heavy_tree.counts(total, hash_int("groups.missed", *self._words))

    def _make_table(self, block: int) -> Table:
        first, end = self._ends(block)
        size = end - first
        missed = self._missed(first)
        parts = [(self._split.heavy, size - (self._missed(end) - missed), first - missed)]
        if self._split.light_tree is not None:
            place = np.arange(self._lights_before(first), self._lights_before(end))
            cell, number = self._split.light_tree.draws(place, self._light_key)
            light, start, count = np.unique(cell, return_index=True, return_counts=True)
            parts.append((self._split.light[light], count, number[start]))
        classes, count, number = (np.concatenate(column) for column in zip(*parts, strict=True))
        assert count.max(initial=0) <= size
        return self._deal(block, classes, count, number)

    def _deal(self, block: int, classes: I64, count: I64, number: I64) -> Table:
        """Deal the groups of a block to its batches."""
        first, end = self._ends(block)
        size = end - first
        order = np.argsort(hash_u64("groups.order", *self._words, block, classes))
        place = np.repeat(order, count[order])
        batch = np.argsort(hash_u64("groups.batch", *self._words, block, np.arange(size)))[np.arange(len(place)) % size]
        by_class = np.lexsort((batch, place))
        place, batch = place[by_class], batch[by_class]
        nth = np.arange(len(place)) - np.searchsorted(place, place)
        column = np.lexsort((hash_u64("groups.column", *self._words, first + batch, classes[place]), batch))
        shape = size, self._width
        return Table(classes[place][column].reshape(shape), (number[place] + nth)[column].reshape(shape))

    def _blocks_of(self, classes: I64, groups: I64) -> I64:
        """The block of each group that is not in the short batch."""
        split = self._split
        block = np.zeros(len(classes), np.int64)
        is_heavy = split.is_heavy[classes]
        light = np.flatnonzero(~is_heavy)
        if len(light):
            assert split.light_tree is not None
            place = split.light_tree.places(CellDraws(split.index[classes[light]], groups[light]), self._light_key)
            ends = np.array([self._lights_before(self._ends(b)[1]) for b in range(self._num_blocks)])
            block[light] = np.searchsorted(ends, place, side="right")
        for item in np.flatnonzero(is_heavy):
            block[item] = self._heavy_block(int(split.index[classes[item]]), int(groups[item]))
        return block

    def _heavy_block(self, heavy: int, group: int) -> int:
        """Bisect for the block in which a heavy class has its group."""
        low, high = 0, self._num_blocks - 1
        while low < high:
            middle = (low + high) // 2
            end = self._ends(middle)[1]
            if end - int(self._missed(end)[heavy]) > group:
                high = middle
            else:
                low = middle + 1
        return low

    @property
    def _light_key(self) -> int:
        return hash_int("groups.tree", *self._words)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Split:
    """Classes in more than half of the whole batches, and the others.

    Attributes:
        groups: int64 (C,), groups of each class in whole batches.
        heavy, light: int64, class numbers.
        heavy_tree: Over the batches that heavy classes miss; None if they miss none.
        light_tree: Over the groups of light classes; None if there are none.
    """

    groups: I64
    heavy: I64
    light: I64
    heavy_tree: QuotaTree | None
    light_tree: QuotaTree | None

    @classmethod
    def of(cls, groups: I64, /, *, num_batches: int, per_batch: int, key: int) -> _Split:
        heavy = np.flatnonzero(2 * groups > num_batches)
        light = np.flatnonzero(2 * groups <= num_batches)

        def tree(quota: I64) -> QuotaTree | None:
            return QuotaTree.build(quota, batch=per_batch, key=key) if quota.any() else None

        return cls(
            groups=groups,
            heavy=heavy,
            light=light,
            heavy_tree=tree(num_batches - groups[heavy]),
            light_tree=tree(groups[light]),
        )

    @cached_property
    def num_light(self) -> int:
        """Groups of all light classes."""
        return int(self.groups[self.light].sum())

    @cached_property
    def is_heavy(self) -> NDArray[np.bool_]:
        """Bool (C,)."""
        flags = np.zeros(len(self.groups), np.bool_)
        flags[self.heavy] = True
        return flags

    @cached_property
    def index(self) -> I64:
        """int64 (C,): place of each class in ``heavy`` or ``light``."""
        place = np.empty(len(self.groups), np.int64)
        place[self.heavy] = np.arange(len(self.heavy))
        place[self.light] = np.arange(len(self.light))
        return place


def _pair(classes: I64, groups: I64) -> I64:
    return classes << 32 | groups
