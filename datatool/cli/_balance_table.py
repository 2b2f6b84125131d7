"""Tables of `datatool balance`: readable with two classes and with a hundred thousand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from datatool.schemas import plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.table import Table

    from datatool.balance import Draft

_WHOLE: Final = 60  # cells shown all; about a screen and a half
_ENDS: Final = 12  # cells shown of each end otherwise
_MAX_ADVICE: Final = 5  # of each rule


def cells_title(draft: Draft, /) -> str:
    """What the table of cells shows."""
    total = len(draft.cells.label)
    if total <= _WHOLE:
        return f"{draft.strategy['name']}, by class and source:"
    return (
        f"{draft.strategy['name']}, the {_ENDS} cells with the most rows and the {_ENDS} with the fewest of {total:,} "
        "(plan.html has all):"
    )


def cells_table(draft: Draft, /) -> Table:
    """Before and after of each class and source; of many cells, those with the most and the fewest rows."""
    from datatool.cli._table import plain_table

    cells = draft.cells
    total = len(cells.label)
    order = range(total) if total <= _WHOLE else _ends(cells.num_rows)
    weighted = bool((cells.weight != cells.weight[0]).any())
    columns = [
        "class",
        "source",
        "rows (before)",
        "draws (after)",
        "draws per row",
        "share %",
        *(["weight"] if weighted else []),
    ]
    table = plain_table(*columns, text=("class", "source"))
    for place in order:
        if place < 0:
            table.add_row(*["..."] * len(columns))
            continue
        rows, draws = int(cells.num_rows[place]), int(cells.quota[place])
        label = int(cells.label[place])
        values = [f"{rows:,}", f"{draws:,}", f"{draws / rows:.2f}", f"{100 * draws / draft.epoch_size:.2f}"]
        weight = [f"{cells.weight[place]:.3f}"] if weighted else []
        table.add_row(_name(draft, label), cells.source[place], *values, *weight)
    return table


def source_table(draft: Draft, /) -> Table:
    """Before and after of each source."""
    from datatool.cli._table import plain_table

    table = plain_table("source", "rows (before)", "share %", "draws (after)", "share %", text=("source",))
    cells = draft.cells
    num_rows = int(cells.num_rows.sum())
    for source in sorted(set(cells.source)):
        at = [place for place, one in enumerate(cells.source) if one == source]
        rows, draws = int(cells.num_rows[at].sum()), int(cells.quota[at].sum())
        table.add_row(
            source, f"{rows:,}", f"{100 * rows / num_rows:.1f}", f"{draws:,}", f"{100 * draws / draft.epoch_size:.1f}"
        )
    return table


def cost_lines(draft: Draft, /, *, full: bool) -> Iterator[str]:
    """What an epoch costs; ``full`` with the histogram of repeats."""
    from datatool.balance import balance_document

    document = balance_document(draft, None)
    stats = document.stats
    yield (
        f"{plural(document.epoch_size, 'draw')} per epoch from {plural(document.num_rows, 'row')}; "
        f"{100 * document.seen_share:.1f} % of the rows are seen, one row at most {plural(stats.max_repeat, 'time')}"
    )
    if stats.skipped_rows:
        yield f"{stats.skipped_rows:,} faulty or unreadable rows left out"
    if not full:
        return
    decodes = plural(document.decodes, "image")
    yield f"decodes: {decodes} per epoch without a cache, {document.decodes_per_row:.2f} per row"
    yield "rows by draws per epoch:"
    width = max(one.rows for one in document.repeats)
    for one in document.repeats:
        draws = f"{one.low:,}" if one.low == one.high else f"{one.low:,} to {one.high:,}"
        yield f"  {draws:>15}  {one.rows:>12,}  {'#' * max(1, round(40 * one.rows / width))}"


def advice_lines(draft: Draft, /) -> Iterator[str]:
    """Advice, the first few of each rule: a data set may have thousands of classes."""
    shown: dict[str, int] = {}
    for one in draft.advice:
        shown[one.rule] = shown.get(one.rule, 0) + 1
        if shown[one.rule] <= _MAX_ADVICE:
            options = f" Options: {'; '.join(one.options)}." if one.options else ""
            yield f"advice ({one.rule}): {one.message}.{options}"
    for rule, number in shown.items():
        if number > _MAX_ADVICE:
            yield f"advice ({rule}): {number - _MAX_ADVICE:,} more; --json lists all."


def _ends(num_rows: NDArray[np.int64]) -> list[int]:
    order = (-num_rows).argsort(kind="stable")
    return [*order[:_ENDS].tolist(), -1, *order[-_ENDS:].tolist()]


def _name(draft: Draft, label: int) -> str:
    name = (draft.names or {}).get(label)
    return str(label) if name is None else f"{label} {name}"
