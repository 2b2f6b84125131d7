"""Recall with intervals, and tables of classes and cells."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from datatool.evaluation._intervals import wilson
from datatool.report import Column, data_table, interval_chart
from datatool.runs import EVAL, TEST
from datatool.schemas import ClassMetrics, EvalDocument

_DRAWN: Final = 40  # classes; more cannot be taken in at once
_ON_VAL: Final = "classes"  # the table of results on data.val


def label_of(row: ClassMetrics, /) -> str:
    """A class by id and name; by its id alone where that is its name."""
    return row.name if row.name == str(row.class_) else f"{row.class_} {row.name}"


def recall_picture(document: EvalDocument, /) -> tuple[Markup, str] | None:
    """Recalls with Wilson's 95 % interval, lowest first, and a caption; None without a row."""
    rows = [row for row in document.per_class if row.recall is not None]
    if not rows:
        return None
    lowest = sorted(rows, key=lambda row: (row.recall or 0.0, -row.support, row.class_))[:_DRAWN]
    drawn = [(label_of(row), row.recall or 0.0, *recall_span(row)) for row in lowest]
    picture = interval_chart(
        drawn,
        x_label="recall, with its 95 % interval (Wilson)",
        describe="recall of each class with its interval",
        signed=False,
        limits=(0.0, 1.0),
    )
    caption = "Lowest recall first."
    if len(rows) > len(lowest):
        caption = f"The {len(lowest)} of {len(rows):,} classes with the lowest recall; the table has them all."
    return picture, caption


def recall_span(row: ClassMetrics, /) -> tuple[float, float]:
    """Wilson's interval of a recall."""
    return wilson(round((row.recall or 0.0) * row.support), row.support)


def f1_score(row: ClassMetrics, /) -> float | None:
    """Harmonic mean of precision and recall, 0 for a class that was never predicted; None for one without rows."""
    if row.recall is None:
        return None
    precision = row.precision or 0.0
    return 2 * precision * row.recall / (precision + row.recall) if row.recall else 0.0


def macro_f1(document: EvalDocument, /) -> float | None:
    """Mean F1 score over the classes with rows."""
    scores = [score for row in document.per_class if (score := f1_score(row)) is not None]
    return sum(scores) / len(scores) if scores else None


def classes_table(document: EvalDocument, /) -> Markup:
    """Every class with its recall, interval, precision and F1, on data.val."""
    return _metrics_table(document, _ON_VAL, Column(label="name", values=_names(document)), also=EVAL)


def test_classes_table(tested: EvalDocument, document: EvalDocument | None, /) -> Markup:
    """The same on data.test; names are those of the table of data.val where the page has it."""
    own = document is None
    name = Column(label="name", values=_names(tested) if own else (), names_of=None if own else _ON_VAL)
    return _metrics_table(tested, "test-classes", name, also=TEST)


def _names(document: EvalDocument) -> list[str]:
    return [row.name for row in document.per_class]


def _metrics_table(document: EvalDocument, key: str, name: Column, *, also: str) -> Markup:
    rows = document.per_class
    spans = [None if row.recall is None else recall_span(row) for row in rows]
    return data_table(
        key,
        [
            Column(label="class", values=[row.class_ for row in rows], grouped=False),
            name,
            Column(label="images", values=[row.support for row in rows]),
            Column(label="recall", values=[_rounded(row.recall) for row in rows], digits=3),
            Column(label="95 % from", values=[None if span is None else _rounded(span[0]) for span in spans], digits=3),
            Column(label="to", values=[None if span is None else _rounded(span[1]) for span in spans], digits=3),
            Column(label="precision", values=[_rounded(row.precision) for row in rows], digits=3),
            Column(label="F1", values=[_rounded(f1_score(row)) for row in rows], digits=3),
        ],
        caption="classes",
        also=also,
    )


def cells_table(document: EvalDocument, /) -> Markup:
    """Training rows of each class and source, and their mean loss."""
    rows = document.train_cells
    return data_table(
        "cells",
        [
            Column(label="class", values=[row.class_ for row in rows], grouped=False),
            Column(label="name", names_of=_ON_VAL),
            Column(label="source", values=[row.source for row in rows]),
            Column(label="rows", values=[row.rows for row in rows]),
            Column(label="loss", values=[round(row.loss, 5) for row in rows], digits=4),
        ],
        caption="cells",
        also=EVAL,
    )


def _rounded(value: float | None) -> float | None:
    """As many digits as sort well: with 100,000 classes every further one is a megabyte."""
    return None if value is None else round(value, 4)
