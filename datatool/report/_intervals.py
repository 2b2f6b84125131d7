"""Points with intervals, a table row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from datatool.report._bars import COLUMNS
from datatool.report._svg import percent, shortened, text_at

_NAME_CHARS: Final = 60
_HEIGHT: Final = 20  # px of a row's picture
_APART: Final = 0.22  # share of the width that two ticks keep between them


def interval_chart(
    rows: Sequence[tuple[str, float, float, float]],
    /,
    *,
    x_label: str,
    describe: str = "",
    signed: bool = True,
    limits: tuple[float, float] | None = None,
) -> Markup:
    """A dot for each value and a line over its interval.

    Args:
        rows: Name, value, lower and upper limit, from top to bottom.
        x_label: Name of the axis.
        describe: What the picture shows, for those who cannot see it.
        signed: Whether the values are differences, written with their sign.
        limits: Ends of the axis; default: all intervals, and zero.
    """
    low, high = limits or (min(0.0, *(row[2] for row in rows)), max(0.0, *(row[3] for row in rows)))
    axis = _Axis(low, max(high - low, 1e-6), "+" if signed else "")
    head = Markup(
        '<thead><tr><th scope="col"><span class="unseen">name</span></th><th scope="col">{}</th>'
        '<th scope="col" class="number"><span class="unseen">value, interval</span></th></tr></thead>'
    ).format(x_label)
    ticks = Markup('<tr><td></td><td class="bar">{}</td><td></td></tr>').format(axis.ticks())
    body = Markup("").join(axis.row(*row) for row in rows)
    return Markup(
        '<table class="bars intervals"><caption class="unseen">{}</caption>{}{}<tbody>{}{}</tbody></table>'
    ).format(describe or x_label, COLUMNS, head, body, ticks)


class _Axis:
    """Where values stand, and how they are written."""

    def __init__(self, low: float, span: float, sign: str) -> None:
        self._low, self._span, self._sign = low, span, sign

    def at(self, value: float) -> float:
        return (value - self._low) / self._span

    def say(self, value: float, digits: int = 3) -> str:
        return f"{value:{self._sign}.{digits}f}"

    def row(self, name: str, value: float, low: float, high: float) -> Markup:
        middle = _HEIGHT / 2
        zero = Markup('<line class="axis" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(percent(self.at(0.0)), _HEIGHT)
        marks = Markup(
            '<line class="c1 span" x1="{}" x2="{}" y1="{}" y2="{}"/><circle class="f1" cx="{}" cy="{}" r="4"/>'
        ).format(percent(self.at(low)), percent(self.at(high)), middle, middle, percent(self.at(value)), middle)
        picture = Markup('<svg class="chart" width="100%" height="{}" aria-hidden="true">{}{}</svg>').format(
            _HEIGHT, zero, marks
        )
        return Markup(
            '<tr class="first"><th scope="row" title="{}"><span class="clamp">{}</span></th>'
            '<td class="bar">{}</td><td class="number">{}'
            '<span class="unseen">, {} to {}</span></td></tr>'
        ).format(name, shortened(name, _NAME_CHARS), picture, self.say(value), self.say(low), self.say(high))

    def ticks(self) -> Markup:
        """Both ends, and zero where it has room between them."""
        zero = self.at(0.0)
        places = [(0.0, "tick"), *([(zero, "tick between")] if _APART < zero < 1 - _APART else []), (1.0, "tick")]
        texts = [text_at(place, 12, self.say(self._low + place * self._span, 2), kind=kind) for place, kind in places]
        return Markup('<svg class="chart" width="100%" height="16" aria-hidden="true">{}</svg>').format(
            Markup("").join(texts)
        )
