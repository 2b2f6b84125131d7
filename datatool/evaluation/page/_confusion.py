"""Which class is taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from datatool.evaluation.page._classes import label_of
from datatool.report import heat_matrix
from datatool.schemas import EvalDocument

_MATRIX: Final = 50  # classes that a matrix still shows; of more, those with the most errors


def confusion_context(document: EvalDocument, /) -> dict[str, Any]:
    """The matrix with its caption, and the pairs most often confused."""
    counts = document.confusion
    names = [label_of(row) for row in document.per_class]
    shown = worst_classes(counts, most=_MATRIX) if counts else []
    caption = "Rows are true classes, columns predicted ones; the stronger the colour, the larger the share of the row."
    if 0 < len(shown) < len(names):
        caption += f" The {len(shown)} of {len(names):,} classes with the most errors; the rest are in eval.json."
    if not counts:
        caption = f"{len(names):,} classes are too many for a matrix; the pairs below and the table have them."
    picture = heat_matrix([[counts[r][c] for c in shown] for r in shown], [names[r] for r in shown])
    return {
        "matrix": picture if counts else "",
        "matrix_caption": caption,
        "pairs": [
            (
                names[pair.class_],
                names[pair.predicted],
                f"{pair.images:,}",
                f"{pair.images / document.per_class[pair.class_].support:.0%}",
            )
            for pair in document.confused
        ],
    }


def worst_classes(counts: Sequence[Sequence[int]], /, *, most: int) -> list[int]:
    """The classes with the most wrong predictions, made of them or of others for them, in order of id.

    >>> worst_classes([[5, 0, 0], [0, 1, 3], [0, 0, 4]], most=2)
    [1, 2]
    """
    table = np.array(counts, np.int64)
    wrong = table.sum(axis=0) + table.sum(axis=1) - 2 * table.diagonal()
    order: list[int] = np.argsort(-wrong, kind="stable")[:most].tolist()
    return sorted(order)
