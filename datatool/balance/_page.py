"""`plan.html`: before and after, in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from datatool.balance._summary import plan_stats, repeats_histogram
from datatool.report import BarRow, Column, Series, bar_chart, data_table, line_chart, page
from datatool.schemas import Repeats

if TYPE_CHECKING:
    from datatool.balance._draft import Draft

_SHOWN: Final = 30  # classes drawn one by one; more bars cannot be told apart on a page
_REMARKS: Final = 50
_BEFORE, _AFTER = "rows", "draws per epoch"


def plan_page(draft: Draft, /) -> str:
    """The page of a plan."""
    cells = draft.cells
    rows, draws = cells.class_rows, cells.per_class(cells.quota)
    order = np.argsort(-rows, kind="stable")
    shown = order[np.unique(np.linspace(0, len(order) - 1, min(_SHOWN, len(order))).astype(np.int64))]
    stats = plan_stats(cells, skipped_rows=draft.skipped_rows)
    context = {
        "num_rows": cells.total,
        "epoch_size": draft.epoch_size,
        "seen_share": stats.unique_per_epoch / cells.total,
        "ratio_before": _ratio(rows),
        "ratio_after": _ratio(draws),
        "max_repeat": stats.max_repeat,
        "remarks": [*draft.notes, *(one.message for one in draft.advice)][:_REMARKS],
        "more_remarks": max(len(draft.notes) + len(draft.advice) - _REMARKS, 0),
        "class_picture": _bars([_name(draft, int(cells.classes[c])) for c in shown], rows[shown], draws[shown]),
        "class_caption": _caption(len(shown), len(order)),
        "rank_picture": _ranks(rows[order], draws[order]) if len(order) > _SHOWN else "",
        "source_picture": _sources(draft),
        "repeats_picture": _repeats(repeats_histogram(cells)),
        "table": _table(draft),
    }
    return page("plan.html", title="Plan", subtitle=_subtitle(draft), context=context)


def _subtitle(draft: Draft) -> str:
    shown = [f"{key} {value}" for key, value in draft.strategy.items() if key not in ("name", "ends", "epochs")]
    return ", ".join([str(draft.strategy["name"]), *shown, f"seed {draft.seed}"])


def _name(draft: Draft, label: int) -> str:
    name = (draft.names or {}).get(label)
    return str(label) if name is None else f"{label} {name}"


def _ratio(values: NDArray[np.float64]) -> str:
    drawn = values[values > 0]
    return f"{drawn.max() / drawn.min():,.1f}"


def _caption(shown: int, total: int) -> str:
    if shown == total:
        return "From the class with the most rows to the one with the fewest."
    return f"{shown} of {total:,} classes, evenly from the one with the most rows to the one with the fewest."


def _bars(names: list[str], before: NDArray[np.float64], after: NDArray[np.float64]) -> str:
    rows = [
        BarRow(label=name, values={_BEFORE: first, _AFTER: second})
        for name, first, second in zip(names, before.tolist(), after.tolist(), strict=True)
    ]
    return bar_chart(rows, series=(_BEFORE, _AFTER), x_label="images", describe="rows and draws per epoch")


def _ranks(before: NDArray[np.float64], after: NDArray[np.float64]) -> str:
    lines = [
        Series(label=label, points=list(enumerate(values.tolist(), start=1)), slot=slot)
        for slot, (label, values) in enumerate(((_BEFORE, before), (_AFTER, after)), start=1)
    ]
    return line_chart(lines, x_label="classes by rows", y_label="images", log_y=True)


def _sources(draft: Draft) -> str:
    cells = draft.cells
    sources, index = np.unique(np.array(cells.source), return_inverse=True)
    sums = [np.bincount(index, weights=values).astype(np.float64) for values in (cells.num_rows, cells.quota)]
    return _bars(sources.tolist(), sums[0], sums[1])


def _repeats(repeats: list[Repeats]) -> str:
    rows = [
        BarRow(label=f"{one.low}" if one.low == one.high else f"{one.low} to {one.high}", values={_BEFORE: one.rows})
        for one in repeats
    ]
    return bar_chart(rows, series=(_BEFORE,), x_label="rows drawn this often in an epoch")


def _table(draft: Draft) -> str:
    cells = draft.cells
    share = cells.quota / draft.epoch_size
    columns = [
        Column(label="class", values=cells.label.tolist(), grouped=False),
        Column(label="name", values=[(draft.names or {}).get(label, "") for label in cells.label.tolist()]),
        Column(label="source", values=cells.source),
        Column(label="rows", values=cells.num_rows.tolist()),
        Column(label="draws", values=cells.quota.tolist()),
        Column(label="share of epoch, %", values=(100 * share).round(4).tolist(), digits=2),
        Column(label="draws per row", values=(cells.quota / cells.num_rows).round(4).tolist(), digits=2),
        Column(label="weight", values=cells.weight.round(5).tolist(), digits=3),
    ]
    if not draft.names:
        del columns[1]
    return data_table("cells", columns, caption="cells")
