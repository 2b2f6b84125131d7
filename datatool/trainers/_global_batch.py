"""What a step has to know of the batches of all processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import Floats, Framework
from datatool.trainers._base import Stage
from datatool.trainers.losses import Loss

if TYPE_CHECKING:
    from datatool.loader import Batch


class GlobalBatch:
    """A process's batch among those of the others.

    Args:
        kit: Sums over processes.
        stage: Whose rank and rows per part count.
    """

    def __init__(self, kit: Framework, stage: Stage, /) -> None:
        self._kit = kit
        self._stage = stage

    def total(self, weights: Floats, /) -> float:
        """Sum of the weights of all processes."""
        return float(self._kit.sum_over_ranks(np.array([weights.sum()], np.float64))[0])

    def parts(self, batch: Batch, /) -> list[Batch]:
        """Parts whose gradients are added up: as many on every process, as batch norm over all of them needs."""
        recipe = self._stage.recipe
        if recipe.optimizer.accumulate == 1:
            return [batch]
        most = int(self._kit.sum_over_ranks(self._mine(len(batch))).max())
        return batch.parts(-(-most // recipe.data.batch_size))

    def mined(self, loss: Loss, rows: Floats, weights: Floats, /) -> Floats:
        """Weights of this process's rows after hard-example mining over the global batch."""
        rank = self._stage.rank
        counts = self._kit.sum_over_ranks(self._mine(len(rows))).astype(int)
        start = int(counts[:rank].sum())
        both = np.zeros((2, int(counts.sum())), np.float64)
        both[:, start : start + len(rows)] = rows, weights
        both = self._kit.sum_over_ranks(both)
        kept = loss.kept(both[0], both[1])
        return weights if kept is None else (weights * kept[start : start + len(rows)]).astype(np.float32)

    def _mine(self, count: int) -> NDArray[np.float64]:
        """A count of this process at its place, 0 at the others'."""
        counts = np.zeros(self._stage.world_size, np.float64)
        counts[self._stage.rank] = count
        return counts
