"""`report.html` of a run: learning curves, confusion, classes, sources, recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from datatool.report import Column, Series, data_table, heat_matrix, line_chart, page
from datatool.runs._checkpoint import BEST
from datatool.runs._recipe import flatten
from datatool.runs._run_folder import REPORT, RunFolder
from datatool.schemas import EvalDocument, MetricsLine, Recipe, atomic_file

_MATRIX: Final = 50  # classes that a picture still shows; of more, those with the most errors
_PAIRS: Final = 30


def write_page(
    folder: RunFolder, recipe: Recipe, document: EvalDocument | None, tested: EvalDocument | None = None, /
) -> None:
    """Write the page; the last file of a run.

    Args:
        folder: The run's.
        recipe: Resolved.
        document: Results on data.val.
        tested: Results on data.test.
    """
    lines = folder.metrics()
    text = page(
        "run.html",
        title=f"Run {folder.path.name}",
        subtitle=f"{recipe.model.backbone}, {len(lines)} epochs, {lines[-1].step if lines else 0:,} steps",
        context={
            "document": document,
            "tested": tested,
            "test_classes": None if tested is None else _classes(tested, "test_classes"),
            "curves": _curves(lines),
            "keys": [(key, str(value)) for key, value in flatten(recipe.model_dump(mode="json"))],
            "cells": _cells(document) if document and document.train_cells else None,
            **({} if document is None else _results(document)),
        },
    )
    with atomic_file(folder.path / REPORT) as temporary:
        temporary.write_text(text, encoding="utf-8")


def worst_classes(counts: Sequence[Sequence[int]], /, *, most: int) -> list[int]:
    """The classes with the most wrong predictions, made of them or of others for them, in order of id.

    >>> worst_classes([[5, 0, 0], [0, 1, 3], [0, 0, 4]], most=2)
    [1, 2]
    """
    table = np.array(counts, np.int64)
    wrong = table.sum(axis=0) + table.sum(axis=1) - 2 * table.diagonal()
    order: list[int] = np.argsort(-wrong, kind="stable")[:most].tolist()
    return sorted(order)


def confused_pairs(counts: Sequence[Sequence[int]], names: Sequence[str], /, *, most: int) -> list[tuple[Any, ...]]:
    """True class, predicted class, images and share of the class, most images first."""
    table = np.array(counts, np.int64)
    totals = table.sum(axis=1)
    np.fill_diagonal(table, 0)
    flat = np.argsort(-table, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(flat, table.shape)
    return [
        (names[row], names[column], f"{table[row, column]:,}", f"{table[row, column] / totals[row]:.0%}")
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if table[row, column]
    ]


def _results(document: EvalDocument) -> dict[str, Any]:
    names = [row.name for row in document.per_class]
    counts = document.confusion
    shown = worst_classes(counts, most=_MATRIX) if counts else []
    caption = "Rows are true classes; the darker, the larger the share of the row."
    if 0 < len(shown) < len(names):
        caption += f" The {len(shown)} of {len(names)} classes with the most errors; the rest are in eval.json."
    if not counts:
        caption = f"{len(names):,} classes are too many for a matrix; the table below has them all."
    picture = heat_matrix([[counts[r][c] for c in shown] for r in shown], [names[r] for r in shown])
    return {
        "matrix": picture if counts else Markup(""),
        "matrix_caption": caption,
        "pairs": confused_pairs(counts, names, most=_PAIRS) if counts else [],
        "classes": _classes(document),
        "sources": [
            (row.source, f"{row.support:,}", f"{row.top1:.3f}", _figure(row.balanced_accuracy))
            for row in document.per_source
        ],
    }


def _classes(document: EvalDocument, key: str = "classes") -> Markup:
    rows = document.per_class
    return data_table(
        key,
        [
            Column(label="class", values=[row.class_ for row in rows], grouped=False),
            Column(label="name", values=[row.name for row in rows]),
            Column(label="images", values=[row.support for row in rows]),
            Column(label="recall", values=[row.recall for row in rows], digits=3),
            Column(label="precision", values=[row.precision for row in rows], digits=3),
        ],
        caption="classes",
    )


def _cells(document: EvalDocument) -> Markup:
    rows = document.train_cells
    return data_table(
        "cells",
        [
            Column(label="class", values=[row.class_ for row in rows], grouped=False),
            Column(label="source", values=[row.source for row in rows]),
            Column(label="rows", values=[row.rows for row in rows]),
            Column(label="loss", values=[row.loss for row in rows], digits=4),
        ],
        caption="cells",
    )


def _curves(lines: Sequence[MetricsLine]) -> list[tuple[Markup, str]]:
    if not lines:
        return []
    loss = [(float(line.step), line.loss) for line in lines]
    rate = [(float(line.step), line.lr) for line in lines]
    curves = [
        (line_chart([Series(label="loss", points=loss)], x_label="steps", y_label="training loss"), ""),
        (line_chart([Series(label="rate", points=rate)], x_label="steps", y_label="learning rate"), ""),
    ]
    scored = [line for line in lines if line.eval is not None]
    if scored:
        series = [
            Series(
                label=label,
                points=[(float(line.step), (line.eval or {})[key]) for line in scored],
                slot=slot,
            )
            for slot, (key, label) in enumerate(((BEST, "balanced accuracy"), ("top1", "top-1")), start=1)
        ]
        curves.insert(1, (line_chart(series, x_label="steps", y_label="share right"), "On data.val."))
    return curves


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
