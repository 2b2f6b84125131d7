"""`plan.html`: before and after, in pictures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.balance._summary import plan_stats, repeats_histogram
from datatool.report import BarRow, Column, Series, bar_chart, data_table, line_chart, page
from datatool.schemas import Repeats

if TYPE_CHECKING:
    from datatool.balance._draft import Draft

_MAX_BARS: Final = 40  # classes drawn one by one; of more, a curve over ranks
_MIN_LOG: Final = 50  # largest over smallest, from which a linear curve hides the small classes
_REMARKS: Final = 50
_BEFORE, _AFTER = "rows", "draws per epoch"
_LISTS: Final = {"shares": "share"}  # keys of a plan's strategy that are options given once for each entry


class LastEpoch(NamedTuple):
    """The epoch from which on quotas stay as they are, and draws of each cell in it, int64 (K,)."""

    number: int
    quota: NDArray[np.int64]


def plan_page(draft: Draft, /, *, data: str, last: LastEpoch | None = None) -> str:
    """The page of a plan.

    Args:
        draft: The plan.
        data: The data set, as a command line names it.
        last: Of a plan whose quotas move.
    """
    cells = draft.cells
    rows = cells.class_rows
    drawn = {_BEFORE: rows, **_draws(draft, last)}
    order = np.argsort(-rows, kind="stable")
    stats = plan_stats(cells, skipped_rows=draft.skipped_rows)
    remarks = [*(_Remark("note", "", note, "") for note in draft.notes), *map(_advice, draft.advice)]
    context = {
        "num_rows": cells.total,
        "epoch_size": draft.epoch_size,
        "seen_share": stats.unique_per_epoch / cells.total,
        "ratio_before": _ratio(rows),
        "ratio_after": _ratio(cells.per_class(cells.quota)),
        "ratio_last": None if last is None else _ratio(cells.per_class(last.quota)),
        "last_epoch": None if last is None else last.number,
        "max_repeat": stats.max_repeat,
        "remarks": remarks[:_REMARKS],
        "more_remarks": max(len(remarks) - _REMARKS, 0),
        "class_pictures": _classes(draft, order, drawn),
        "source_picture": _sources(draft, last),
        "repeats_picture": _repeats(repeats_histogram(cells)),
        "table": _table(draft, last),
    }
    return page("plan.html", title="Plan", subtitle=_subtitle(draft), command=_command(draft, data), context=context)


class _Remark(NamedTuple):
    """A line of the table of advice."""

    rule: str
    label: str
    message: str
    options: str


def _advice(one: Any) -> _Remark:
    return _Remark(one.rule, "" if one.label is None else str(one.label), one.message, "; ".join(one.options))


def _draws(draft: Draft, last: LastEpoch | None) -> dict[str, NDArray[np.float64]]:
    """Draws of each class, of the first and the last epoch where they differ."""
    cells = draft.cells
    first = cells.per_class(cells.quota)
    if last is None:
        return {_AFTER: first}
    return {"draws in epoch 0": first, f"draws in epoch {last.number}": cells.per_class(last.quota)}


def _subtitle(draft: Draft) -> str:
    shown = [f"{key} {value}" for key, value in draft.strategy.items() if key not in ("name", "ends", "epochs")]
    return ", ".join([str(draft.strategy["name"]), *shown, f"seed {draft.seed}"])


def _command(draft: Draft, data: str) -> str:
    """The command line that makes such a plan; shares that a file gave are in that file."""
    words = ["--strategy", str(draft.strategy["name"])]
    for key, value in draft.strategy.items():
        if key in ("name", "ends", "epochs") or (key == "shares" and words[1].startswith("cells:")):
            continue
        option = f"--{_LISTS.get(key, key).replace('_', '-')}"
        words += [word for given in _given(key, value) for word in (option, given)]
    return f"datatool balance {data} {shlex.join([*words, '--seed', str(draft.seed), *draft.flags])}"


def _given(key: str, value: Any) -> Iterator[str]:
    """Values of an option, one for each time that it is given."""
    if isinstance(value, dict):
        yield from (f"{name}={share:g}" for name, share in value.items())
    elif key == "per_batch":
        yield ":".join(map(str, value))
    elif isinstance(value, list):
        yield from map(str, value)
    else:
        yield str(value)


def _name(draft: Draft, label: int) -> str:
    name = (draft.names or {}).get(label)
    return str(label) if name is None else f"{label} {name}"


def _ratio(values: NDArray[np.float64]) -> str:
    drawn = values[values > 0]
    return f"{drawn.max() / drawn.min():,.1f}"


def _classes(draft: Draft, order: NDArray[np.int64], drawn: dict[str, NDArray[np.float64]]) -> list[tuple[str, str]]:
    """Bars of few classes; of many a curve over ranks, on a logarithmic axis too where a linear one hides the tail."""
    if len(order) <= _MAX_BARS:
        names = [_name(draft, label) for label in draft.cells.classes[order].tolist()]
        picture = _bars(names, {key: values[order] for key, values in drawn.items()})
        return [(picture, "From the class with the most rows to the one with the fewest.")]
    pictures = [(_ranks(order, drawn, log=False), "Every class, from the one with the most rows to the fewest.")]
    sizes = draft.cells.class_rows
    if sizes.max() >= _MIN_LOG * max(sizes.min(), 1):
        pictures.append((_ranks(order, drawn, log=True), "The same on a logarithmic axis."))
    return pictures


def _bars(names: Sequence[str], drawn: dict[str, NDArray[np.float64]]) -> str:
    rows = [
        BarRow(label=name, values={key: values[place] for key, values in drawn.items()})
        for place, name in enumerate(names)
    ]
    return bar_chart(rows, series=tuple(drawn), x_label="images", describe="rows and draws per epoch")


def _ranks(order: NDArray[np.int64], drawn: dict[str, NDArray[np.float64]], *, log: bool) -> str:
    lines = [
        Series(label=label, points=list(enumerate(values[order].tolist(), start=1)), slot=slot)
        for slot, (label, values) in enumerate(drawn.items(), start=1)
    ]
    y_label = "images, logarithmic" if log else "images"
    return line_chart(lines, x_label="classes, the one with the most rows first", y_label=y_label, log_y=log)


def _sources(draft: Draft, last: LastEpoch | None) -> str:
    cells = draft.cells
    sources = sorted({*cells.source})
    index = np.searchsorted(np.array(sources), np.array(cells.source))
    counted = {_BEFORE: cells.num_rows, _AFTER if last is None else "draws in epoch 0": cells.quota}
    if last is not None:
        counted[f"draws in epoch {last.number}"] = last.quota
    sums = {key: np.bincount(index, weights=values).astype(np.float64) for key, values in counted.items()}
    return _bars(sources, sums)


def _repeats(repeats: list[Repeats]) -> str:
    rows = [
        BarRow(label=f"{one.low}" if one.low == one.high else f"{one.low} to {one.high}", values={_BEFORE: one.rows})
        for one in repeats
    ]
    return bar_chart(rows, series=(_BEFORE,), x_label="rows drawn this often in an epoch")


def _table(draft: Draft, last: LastEpoch | None) -> str:
    cells = draft.cells
    share = cells.quota / draft.epoch_size
    columns = [
        Column(label="class", values=cells.label.tolist(), grouped=False),
        Column(label="name", values=[(draft.names or {}).get(label, "") for label in cells.label.tolist()]),
        Column(label="source", values=cells.source),
        Column(label="rows", values=cells.num_rows.tolist()),
        Column(label="draws", values=cells.quota.tolist()),
        *([] if last is None else [Column(label=f"draws, epoch {last.number}", values=last.quota.tolist())]),
        Column(label="share of epoch, %", values=(100 * share).round(4).tolist(), digits=2),
        Column(label="draws per row", values=(cells.quota / cells.num_rows).round(4).tolist(), digits=2),
        Column(label="weight", values=cells.weight.round(5).tolist(), digits=3),
    ]
    if not draft.names:
        del columns[1]
    return data_table("cells", columns, caption="cells", also="plan.json")
