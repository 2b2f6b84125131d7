"""Horizontal bars, one group of rows per category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from datatool.report._scale import Scale, around, short
from datatool.report._svg import legend, svg

_WIDTH: Final = 640
_LABEL: Final = 150  # px kept for category names
_RIGHT: Final = 64  # px kept for the value beside the bar
_BAR, _GAP, _PAD, _AXIS = 12, 2, 10, 40
_NAME_CHARS: Final = 22


@dataclass(frozen=True, kw_only=True)
class BarRow:
    """A category and its value per series; absent and zero are not drawn."""

    label: str
    values: Mapping[str, float]


def bar_chart(
    rows: Sequence[BarRow],
    /,
    *,
    series: Sequence[str],
    x_label: str,
    log: bool = False,
    describe: str = "",
) -> Markup:
    """Grouped horizontal bars with the value at the end of each.

    Args:
        rows: From top to bottom.
        series: Names in drawing order; the n-th gets colour slot n.
        x_label: Name of the value axis, with its unit.
        log: Logarithmic axis; it starts at half the smallest value, so a single item still shows.
        describe: What the picture shows, for those who cannot see it.
    """
    values = [value for row in rows for value in row.values.values() if value > 0]
    scale = around(values, start=_LABEL, end=_WIDTH - _RIGHT, log=log)
    parts, y = [], float(_PAD)
    for row in rows:
        group, height = _group(row, series, scale, y)
        parts.append(group)
        y += height + _PAD
    body = _grid(scale, y, x_label) + Markup("").join(parts)
    picture = svg(body, width=_WIDTH, height=y + _AXIS, describe=describe or f"{x_label} per category")
    return (legend([(name, slot) for slot, name in enumerate(series, 1)]) if len(series) > 1 else Markup("")) + picture


def _group(row: BarRow, series: Sequence[str], scale: Scale, y: float) -> tuple[Markup, float]:
    bar = Markup(
        '<rect class="f{}" x="{}" y="{:.1f}" width="{:.1f}" height="{}" rx="2"><title>{}, {}: {:,.0f}</title></rect>'
        '<text class="value" x="{:.1f}" y="{:.1f}" dy="0.32em">{:,.0f}</text>'
    )
    bars, place = [], y
    for slot, name in enumerate(series, 1):
        value = row.values.get(name, 0)
        if value <= 0:
            continue
        end = scale(value)
        middle = place + _BAR / 2
        width = max(end - _LABEL, 1)
        bars.append(bar.format(slot, _LABEL, place, width, _BAR, row.label, name, value, end + 6, middle, value))
        place += _BAR + _GAP
    height = max(place - _GAP - y, _BAR)
    text = Markup('<text class="name" x="{}" y="{:.1f}" text-anchor="end" dy="0.32em">{}<title>{}</title></text>')
    return text.format(_LABEL - 8, y + height / 2, _shortened(row.label), row.label) + Markup("").join(bars), height


def _grid(scale: Scale, bottom: float, x_label: str) -> Markup:
    rule = Markup('<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="4" y2="{1:.1f}"/>')
    text = Markup('<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
    parts = [
        rule.format(scale(tick), bottom) + text.format(scale(tick), bottom + 16, short(tick)) for tick in scale.ticks()
    ]
    parts.append(Markup('<line class="axis" x1="{0}" x2="{0}" y1="4" y2="{1:.1f}"/>').format(_LABEL, bottom))
    name = Markup('<text class="label" x="{}" y="{:.1f}" text-anchor="middle">{}</text>')
    parts.append(name.format((_LABEL + _WIDTH - _RIGHT) / 2, bottom + 34, x_label))
    return Markup("").join(parts)


def _shortened(label: str) -> str:
    return label if len(label) <= _NAME_CHARS else label[: _NAME_CHARS - 1] + "…"
