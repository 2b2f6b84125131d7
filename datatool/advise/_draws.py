"""Which rows stand in which batch, as the sampler of the training has it, for a part of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.advise._ways import Way, quotas
from datatool.samplers import BalancedSampler, Counts
from datatool.schemas import Cells

Batch = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Plan:
    """What a sampler needs of a plan, without a folder."""

    cells: Cells
    fingerprint: str = ""
    settled: int = 0
    per_batch: tuple[int, int] | None = None

    @property
    def epoch_size(self) -> int:
        return int(self.cells.quota.sum())

    def quotas(self, epoch: int = 0, /) -> NDArray[np.int64]:
        del epoch
        return self.cells.quota


class Draws:
    """Batches of some rows under a way; an epoch draws as many as there are rows.

    Args:
        way: Strategy and weights.
        rows: int64 (M,), rows to train on.
        place: int64 (N,), classes of all rows.
        source: N strings, their sources.
        batch_size: Rows of a batch.
        seed: Of the order.

    Attributes:
        prior: float64 (K,), share of each class in the loss.
    """

    def __init__(
        self,
        way: Way,
        rows: NDArray[np.int64],
        place: NDArray[np.int64],
        source: NDArray[np.object_],
        /,
        *,
        num_classes: int,
        batch_size: int,
        seed: int,
    ) -> None:
        names, sources = np.unique(source[rows].astype(str), return_inverse=True)
        order = np.lexsort((rows, sources, place[rows]))
        self._rows = rows[order]
        keys, sizes = np.unique(place[rows] * len(names) + sources, return_counts=True)
        counts = Counts(
            label=keys // len(names),
            source=tuple(str(names[number]) for number in keys % len(names)),
            num_rows=sizes.astype(np.int64),
        )
        quota, weight = quotas(way, counts, epoch_size=len(rows))
        self.cells = Cells(
            label=counts.label, source=counts.source, num_rows=counts.num_rows, quota=quota, weight=weight
        )
        mass = np.bincount(counts.label, weights=quota * weight, minlength=num_classes)
        self.prior = mass / mass.sum()
        self._sampler = BalancedSampler(_Plan(cells=self.cells), batch_size=min(batch_size, len(rows)), seed=seed)

    def __len__(self) -> int:
        """Steps per epoch."""
        return len(self._sampler)

    @property
    def num_rows(self) -> int:
        """Rows of an epoch."""
        return len(self._rows)

    def epoch(self, epoch: int, /) -> Iterator[Batch]:
        """Rows, labels int64 and weights float32 of each batch."""
        drawn = self._sampler.at(epoch, np.arange(self.num_rows))  # one process draws every place, batch after batch
        rows, labels = self._rows[drawn.rows], self.cells.label[drawn.cells]
        weights = self.cells.weight[drawn.cells].astype(np.float32)
        size = self._sampler.shards.batch_size
        for first in range(0, self.num_rows, size):
            yield rows[first : first + size], labels[first : first + size], weights[first : first + size]
