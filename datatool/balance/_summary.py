"""What an epoch of a plan costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datatool.samplers import epoch_cost
from datatool.schemas import BalanceDocument, Cells, Plan, PlanStats, Repeats

if TYPE_CHECKING:
    from datatool.balance._draft import Draft


def plan_stats(cells: Cells, /, *, skipped_rows: int) -> PlanStats:
    """The numbers of epoch 0 that `plan.json` holds."""
    cost = epoch_cost(cells, cells.quota)
    return PlanStats(unique_per_epoch=cost.unique, max_repeat=cost.max_repeat, skipped_rows=skipped_rows)


def repeats_histogram(cells: Cells, /) -> list[Repeats]:
    """Rows by how often they are drawn in epoch 0: 0, 1, 2, 3 to 4, 5 to 8 and so on; empty bins are left out.

    A row is drawn floor(quota / rows) or ceil(quota / rows) times.
    """
    few, more = np.divmod(cells.quota, cells.num_rows)
    draws = np.concatenate([few, few + 1])
    rows = np.concatenate([cells.num_rows - more, more])
    drawn = draws[rows > 0]
    bins = np.where(drawn > 0, np.ceil(np.log2(np.maximum(drawn, 1))) + 1, 0).astype(np.int64)
    counts = np.bincount(bins, weights=rows[rows > 0])
    return [
        Repeats(low=_low(place), high=2 ** (place - 1) if place else 0, rows=int(counts[place]))
        for place in np.flatnonzero(counts).tolist()
    ]


def balance_document(draft: Draft, plan: Plan | None, /) -> BalanceDocument:
    """What `--json` prints; ``plan`` is None where nothing was written."""
    stats = plan_stats(draft.cells, skipped_rows=draft.skipped_rows)
    num_rows = int(draft.cells.num_rows.sum())
    return BalanceDocument(
        plan=None if plan is None else plan.place,
        fingerprint=None if plan is None else plan.fingerprint,
        strategy=draft.strategy,
        seed=draft.seed,
        class_num=draft.class_num,
        num_rows=num_rows,
        epoch_size=draft.epoch_size,
        cells=draft.cells,
        prior=draft.prior,
        stats=stats,
        seen_share=stats.unique_per_epoch / num_rows,
        decodes=draft.epoch_size,
        decodes_per_row=draft.epoch_size / num_rows,
        repeats=repeats_histogram(draft.cells),
        notes=list(draft.notes),
        advice=list(draft.advice),
    )


def _low(place: int) -> int:
    return min(place, 1) if place < 2 else 2 ** (place - 2) + 1
