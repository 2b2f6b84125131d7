"""Before and after: a run beside an older one, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from datatool.report import Column, data_table, interval_chart
from datatool.schemas import CompareDocument, MetricsLine, PairedClass, PairedFigure

_DRAWN: Final = 40  # classes, those that differ most
_TITLES: Final = {"top1": "top-1", "balanced_accuracy": "balanced accuracy"}


@dataclass(frozen=True, kw_only=True)
class Against:
    """Another run and what came of the comparison.

    Attributes:
        compared: Paired differences; the first run is the other one.
        lines: The other run's epochs.
    """

    compared: CompareDocument
    lines: Sequence[MetricsLine]

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        document = self.compared
        return {
            "document": document,
            "figures": [_figure(one) for one in document.figures],
            "picture": self._picture(),
            "caption": self._caption(),
            "table": self._table(),
            "new": [
                (one.name, f"{one.support:,}", f"{one.recall:.3f}", f"{one.low:.3f} to {one.high:.3f}")
                for one in document.new
            ],
        }

    def _drawn(self) -> list[PairedClass]:
        ordered = sorted(self.compared.classes, key=lambda one: (-abs(one.difference), -one.support, one.class_))
        return sorted(ordered[:_DRAWN], key=lambda one: one.difference)

    def _picture(self) -> Markup:
        rows = [(_label(one), one.difference, one.low, one.high) for one in self._drawn()]
        return interval_chart(
            rows, x_label="recall, after less before", describe="difference of each class's recall, with its interval"
        )

    def _caption(self) -> str:
        total = len(self.compared.classes)
        said = "Losses first; lines are 95 % intervals of the paired difference."
        return said if total <= _DRAWN else f"The {_DRAWN} of {total:,} classes that differ most. {said}"

    def _table(self) -> Markup:
        rows = self.compared.classes
        return data_table(
            "against",
            [
                Column(label="class", values=[one.class_ for one in rows], grouped=False),
                Column(label="name", values=[one.name for one in rows]),
                Column(label="images", values=[one.support for one in rows]),
                Column(label="before", values=[round(one.first, 4) for one in rows], digits=3),
                Column(label="after", values=[round(one.second, 4) for one in rows], digits=3),
                Column(label="difference", values=[round(one.difference, 4) for one in rows], digits=3),
                Column(label="only before right", values=[one.only_first for one in rows]),
                Column(label="only after right", values=[one.only_second for one in rows]),
                Column(label="verdict", values=[one.verdict for one in rows]),
            ],
            caption="classes of both runs",
            also="datatool compare --json",
        )


def _figure(one: PairedFigure) -> tuple[str, ...]:
    return (
        _TITLES.get(one.name, one.name),
        f"{one.first:.3f}",
        f"{one.second:.3f}",
        f"{one.difference:+.3f}",
        f"{one.low:+.3f} to {one.high:+.3f}",
        one.verdict,
    )


def _label(one: PairedClass) -> str:
    return one.name if one.name == str(one.class_) else f"{one.class_} {one.name}"
