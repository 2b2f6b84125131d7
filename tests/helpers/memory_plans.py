"""Plans in memory, for tests that need quotas and cells but no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Cells


@dataclass(kw_only=True)
class MemoryPlan:
    """What a sampler needs of a `Plan`.

    Attributes:
        cells: As in a plan.
        later: Quotas of epochs 1, 2, ...; the last of them go on for ever.
        per_batch: (P, K) or None.
        fingerprint: Any text.
    """

    cells: Cells
    later: list[NDArray[np.int64]] = field(default_factory=list)
    per_batch: tuple[int, int] | None = None
    fingerprint: str = "memory"

    @property
    def epoch_size(self) -> int:
        return int(self.cells.quota.sum())

    @property
    def num_rows(self) -> int:
        return int(self.cells.num_rows.sum())

    @property
    def settled(self) -> int:
        return len(self.later)

    def quotas(self, epoch: int = 0, /) -> NDArray[np.int64]:
        return [self.cells.quota, *self.later][min(epoch, len(self.later))]


def memory_plan(
    quota: Sequence[int] | NDArray[np.int64],
    *,
    rows: Sequence[int] | NDArray[np.int64] | int = 10,
    label: Sequence[int] | None = None,
    later: Sequence[Sequence[int]] = (),
    per_batch: tuple[int, int] | None = None,
) -> MemoryPlan:
    """A plan with the given quotas and rows of cells; each cell a class of its own unless ``label`` says otherwise."""
    num_cells = len(quota)
    cells = Cells(
        label=np.arange(num_cells) if label is None else np.array(label, np.int64),
        source=tuple("real" for _ in range(num_cells)),
        num_rows=np.broadcast_to(np.asarray(rows, np.int64), num_cells).copy(),
        quota=np.array(quota, np.int64),
        weight=np.ones(num_cells),
    )
    return MemoryPlan(cells=cells, later=[np.array(q, np.int64) for q in later], per_batch=per_batch)
