"""Points with intervals, one row each, about zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup

from datatool.report._svg import svg

_WIDTH: Final = 640
_LABEL: Final = 150  # px kept for names
_RIGHT: Final = 80  # px kept for the value
_ROW, _TOP, _AXIS = 26, 10, 44
_NUM_TICKS: Final = 5


def interval_chart(rows: Sequence[tuple[str, float, float, float]], /, *, x_label: str, describe: str = "") -> Markup:
    """A dot for each value and a line over its interval; zero is marked.

    Args:
        rows: Name, value, lower and upper limit, from top to bottom.
        x_label: Name of the axis.
        describe: What the picture shows, for those who cannot see it.
    """
    low = min(0.0, *(row[2] for row in rows))
    high = max(0.0, *(row[3] for row in rows))
    span = max(high - low, 1e-6)

    def at(value: float) -> float:
        return _LABEL + (value - low) / span * (_WIDTH - _LABEL - _RIGHT)

    bottom = _TOP + _ROW * len(rows)
    parts = [_axis(at, low, span, bottom, x_label)]
    parts += [_row(number, row, at) for number, row in enumerate(rows)]
    return svg(Markup("").join(parts), width=_WIDTH, height=bottom + _AXIS, describe=describe or x_label)


def _row(number: int, row: tuple[str, float, float, float], at: Callable[[float], float]) -> Markup:
    name, value, low, high = row
    y = _TOP + _ROW * (number + 0.5)
    mark = Markup(
        '<text class="name" x="{}" y="{:.1f}" text-anchor="end" dy="0.32em">{}</text>'
        '<line class="c1" stroke-width="2" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}">'
        "<title>{}: {:+.3f}, {:+.3f} to {:+.3f}</title></line>"
        '<circle class="f1" cx="{:.1f}" cy="{:.1f}" r="4"/>'
        '<text class="value" x="{}" y="{:.1f}" dy="0.32em">{:+.3f}</text>'
    )
    return mark.format(
        _LABEL - 8,
        y,
        name,
        at(low),
        at(high),
        y,
        y,
        name,
        value,
        low,
        high,
        at(value),
        y,
        _WIDTH - _RIGHT + 14,
        y,
        value,
    )


def _axis(at: Callable[[float], float], low: float, span: float, bottom: float, x_label: str) -> Markup:
    rule = Markup('<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="4" y2="{1:.1f}"/>')
    text = Markup('<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="middle">{:+.2f}</text>')
    ticks = [low + span * number / (_NUM_TICKS - 1) for number in range(_NUM_TICKS)]
    parts = [rule.format(at(tick), bottom) + text.format(at(tick), bottom + 16, tick) for tick in ticks]
    parts.append(Markup('<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="4" y2="{1:.1f}"/>').format(at(0.0), bottom))
    name = Markup('<text class="label" x="{}" y="{:.1f}" text-anchor="middle">{}</text>')
    parts.append(name.format((_LABEL + _WIDTH - _RIGHT) / 2, bottom + 36, x_label))
    return Markup("").join(parts)
