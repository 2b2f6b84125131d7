"""`report.html`: the audit as a page."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

from datatool.audit._context import Context
from datatool.audit._gallery import galleries
from datatool.audit._mend import combined_mend
from datatool.audit._samples import class_samples
from datatool.report import BarRow, Column, Series, bar_chart, data_table, gap_strip, grouped, line_chart, page
from datatool.schemas import REAL, SYNTHETIC, AuditDocument

_MAX_BARS: Final = 40  # classes; with more, a curve over ranks
_MIN_LOG: Final = 50  # largest over smallest class, from which a linear curve hides the tail
_MAX_POINTS: Final = 300  # of a curve
_MAX_GAPS: Final = 100_000  # drawn
_MIB: Final = 1 << 20
_MAX_NAMED: Final = 3  # files in the title


def render_report(context: Context, document: AuditDocument, /) -> str:
    """The whole page, self-contained."""
    from datatool.samplers import Counts, strategy_costs

    sources = _sources(document)
    totals = {label: sum(counts.values()) for label, counts in document.counts.items()}
    return page(
        "audit.html",
        title=_title(document),
        command=" ".join(["datatool audit", context.rows.dataset.command, *_options(context)]),
        context={
            "document": document,
            "tiles": _tiles(document, context.census.main_split),
            "counts": {severity: _count(document, severity) for severity in ("error", "warning", "info")},
            "mend": combined_mend(context, document.findings),
            "galleries": galleries(context, document.findings),
            "samples": class_samples(context, document),
            "histogram": _histogram(context, document, sources) if totals else [],
            "split": context.census.main_split,
            "gaps": gap_strip(context.census.missing_ranges(_MAX_GAPS), class_num=document.class_num)
            if document.missing_ranges
            else None,
            "lorenz": _lorenz(list(totals.values())) if len(totals) > 1 else None,
            "gini": gini(list(totals.values())),
            "costs": strategy_costs(Counts.of(document.counts)) if totals else {},
            "table": _table(context, document, sources) if document.class_num else None,
        },
    )


def _options(context: Context) -> list[str]:
    """Options that change what the page is about, as a command line has them."""
    options = context.options
    return [*(["--images"] if options.images else []), *map(shlex.quote, options.grouping.words)]


def _title(document: AuditDocument) -> str:
    names = list(dict.fromkeys(os.path.basename(file.path.rstrip("/")) or file.path for file in document.files))
    shown = ", ".join(names[:_MAX_NAMED])
    return f"Audit of {shown}{f' and {len(names) - _MAX_NAMED} more' if len(names) > _MAX_NAMED else ''}"


def gini(sizes: list[int], /) -> float:
    """Twice the area between the Lorenz curve and the diagonal: 0 for equal classes, near 1 for one that has all.

    >>> gini([5, 5, 5])
    0.0
    """
    area = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in zip(_curve(sizes), _curve(sizes)[1:], strict=False))
    return max(0.0, round(1 - 2 * area, 9))


def _curve(sizes: list[int]) -> list[tuple[float, float]]:
    """Share of the images that the smallest share of the classes holds."""
    total, upto, points = sum(sizes), 0, [(0.0, 0.0)]
    for number, size in enumerate(sorted(sizes), 1):
        upto += size
        points.append((number / len(sizes), upto / total))
    return points


def _lorenz(sizes: list[int]) -> str:
    points = _curve(sizes)
    stride = max(1, len(points) // _MAX_POINTS)
    return line_chart(
        [
            Series(label="these classes", points=[*points[:-1:stride], points[-1]]),
            Series(label="equal classes", points=[(0, 0), (1, 1)], slot=0, dashed=True),
        ],
        x_label="share of the classes, smallest first",
        y_label="share of the images",
        describe="Lorenz curve of class sizes",
    )


def _sources(document: AuditDocument) -> list[str]:
    found = {source for counts in document.counts.values() for source, rows in counts.items() if rows}
    return [source for source in (REAL, SYNTHETIC) if source in found] + sorted(found - {REAL, SYNTHETIC})


def _tiles(document: AuditDocument, split: str | None) -> list[tuple[str, str, str]]:
    cost, ratio = document.fc, document.imbalance_ratio
    missing = document.missing_id_count
    return [
        (
            "Usable rows",
            grouped(document.rows),
            ", ".join(f"{file.split} {grouped(file.rows)}" for file in document.files[:4]),
        ),
        (
            "class_num",
            grouped(document.class_num),
            "" if document.min_id is None else f"ids {document.min_id} to {document.max_id}",
        ),
        (
            "Classes with rows",
            grouped(document.num_classes_present),
            f"{grouped(missing)} ids without" if missing else "no gaps",
        ),
        (
            "Largest : smallest",
            f"{grouped(ratio, digits=1)} : 1" if ratio is not None else grouped(ratio),
            f"in {split}" if split and ratio is not None else "",
        ),
        (
            "Final layer",
            f"{grouped(cost.bytes / _MIB, digits=1)} MiB",
            f"width {grouped(cost.feature_dim)}; {grouped(cost.wasted_params)} weights for missing ids"
            if cost.wasted_params
            else f"width {grouped(cost.feature_dim)}",
        ),
    ]


def _count(document: AuditDocument, severity: str) -> int:
    return sum(finding.severity == severity for finding in document.findings)


def _histogram(context: Context, document: AuditDocument, sources: list[str]) -> list[tuple[str, str]]:
    """Sizes on a linear axis, which shows imbalance as it is; where that hides the tail, on a logarithmic one too."""
    ordered = sorted(document.counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    if len(ordered) <= _MAX_BARS:
        rows = [BarRow(label=context.class_label(label), values=counts) for label, counts in ordered]
        return [(bar_chart(rows, series=sources, x_label="images", describe="Images per class"), "")]
    curve = _rank_curve([counts for _, counts in ordered], sources)
    pictures = [(curve(log=False), "From the largest class to the smallest, on a linear axis.")]
    if (document.imbalance_ratio or 0) >= _MIN_LOG:
        pictures.append((curve(log=True), "The same on a logarithmic axis, where the small classes can be told apart."))
    return pictures


def _rank_curve(counted: list[Mapping[str, int]], sources: list[str]) -> Callable[..., str]:
    """Draws sizes in falling order, none that are zero."""
    drawn = [
        Series(
            label=source,
            points=list(
                enumerate(sorted(filter(None, (counts.get(source, 0) for counts in counted)), reverse=True), 1)
            ),
            slot=slot,
        )
        for slot, source in enumerate(sources[:8], 1)
    ]
    x_label = "classes, largest first" if len(sources) == 1 else "classes, largest first in each source"

    def draw(*, log: bool) -> str:
        y_label = "images, logarithmic" if log else "images"
        return line_chart(drawn, x_label=x_label, y_label=y_label, log_y=log, describe="Images per class by rank")

    return draw


def _table(context: Context, document: AuditDocument, sources: list[str]) -> str:
    main, cells = context.census.main_split, context.census.cells
    ids = list(context.census.ids)
    names = context.rows.names
    total = sum(sum(counts.values()) for counts in document.counts.values())
    counted = [document.counts.get(label, {}) for label in ids]
    sums = [sum(counts.values()) for counts in counted]
    columns = [Column(label="id", values=ids, grouped=False)]
    if names is not None:
        columns.append(Column(label="name", values=[names.get(label) for label in ids]))
    columns.append(Column(label=main or "rows", values=sums))
    columns.append(
        Column(label="share %", values=[round(100 * rows / total, 4) if total else None for rows in sums], digits=3)
    )
    if len(sources) > 1:
        columns += [Column(label=source, values=[counts.get(source, 0) for counts in counted]) for source in sources]
    for split in (split for split in cells if split != main):
        columns.append(Column(label=split, values=[_rows(cells[split], label) for label in ids]))
    return data_table("classes", columns, caption="classes", also="datatool audit --json")


def _rows(classes: Mapping[int, Mapping[str, Any]], label: int) -> int:
    return sum(classes.get(label, {}).values())
