"""Line charts as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from datatool.report._scale import Scale, around, short
from datatool.report._svg import legend, svg

_WIDTH: Final = 640
_HEIGHT: Final = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 12, 44
_MAX_POINTS: Final = 400  # more are not visible at this width
_MAX_DOTS: Final = 24  # above this the dots would hide the line


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line: x and y in data units; ``slot`` picks its colour, 1 to 8."""

    label: str
    points: Sequence[tuple[float, float]]
    slot: int = 1
    dashed: bool = False


def line_chart(
    series: Sequence[Series],
    /,
    *,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    describe: str = "",
) -> Markup:
    """Lines over common axes, with a legend above when there are two or more.

    Args:
        series: At least one; points that a log axis cannot show are left out.
        x_label: Name of the x axis, with its unit.
        y_label: Name of the y axis, with its unit.
        log_x: Logarithmic x axis.
        log_y: Logarithmic y axis.
        describe: What the picture shows, for those who cannot see it.
    """
    shown = [[point for point in line.points if _drawable(point, log_x, log_y)] for line in series]
    x_scale = around([x for line in shown for x, _ in line], start=_LEFT, end=_WIDTH - _RIGHT, log=log_x, zero=False)
    y_scale = around([y for line in shown for _, y in line], start=_HEIGHT - _BOTTOM, end=_TOP, log=log_y)
    marks = [_line(line, points, x_scale, y_scale) for line, points in zip(series, shown, strict=True)]
    body = _axes(x_scale, y_scale, x_label, y_label) + Markup("").join(marks)
    picture = svg(body, width=_WIDTH, height=_HEIGHT, describe=describe or f"{y_label} over {x_label}")
    names = [(line.label, line.slot) for line in series]
    return (legend(names) if len(series) > 1 else Markup("")) + picture


def _drawable(point: tuple[float, float], log_x: bool, log_y: bool) -> bool:
    x, y = point
    return math.isfinite(x) and math.isfinite(y) and (x > 0 or not log_x) and (y > 0 or not log_y)


def _line(line: Series, points: Sequence[tuple[float, float]], x_scale: Scale, y_scale: Scale) -> Markup:
    stride = max(1, math.ceil(len(points) / _MAX_POINTS))
    kept = [*points[:-1:stride], *points[-1:]]
    path = " ".join(f"{x_scale(x):.1f},{y_scale(y):.1f}" for x, y in kept)
    style = Markup(' stroke-dasharray="5 4"') if line.dashed else Markup("")
    drawn = Markup('<polyline class="line c{}" points="{}"{}><title>{}</title></polyline>').format(
        line.slot, path, style, line.label
    )
    if len(kept) > _MAX_DOTS:
        return drawn
    dot = Markup('<circle class="dot f{}" cx="{:.1f}" cy="{:.1f}" r="4"><title>{}: {}, {}</title></circle>')
    return drawn + Markup("").join(
        dot.format(line.slot, x_scale(x), y_scale(y), line.label, short(x), short(y)) for x, y in kept
    )


def _axes(x_scale: Scale, y_scale: Scale, x_label: str, y_label: str) -> Markup:
    floor = _HEIGHT - _BOTTOM
    rule = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
    left = Markup('<text class="tick" x="{}" y="{:.1f}" text-anchor="end" dy="0.32em">{}</text>')
    under = Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    parts = [
        part
        for y in y_scale.ticks()
        for part in (
            rule.format(_LEFT, _WIDTH - _RIGHT, y_scale(y), y_scale(y)),
            left.format(_LEFT - 8, y_scale(y), short(y)),
        )
    ]
    parts += [under.format(x_scale(x), floor + 18, short(x)) for x in x_scale.ticks(6)]
    parts.append(
        Markup('<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, _WIDTH - _RIGHT, floor, floor)
    )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        Markup('<text class="label" x="{}" y="{}" text-anchor="middle">{}</text>').format(middle, _HEIGHT - 6, x_label)
    )
    turned = Markup('<text class="label" transform="translate(12 {}) rotate(-90)" text-anchor="middle">{}</text>')
    parts.append(turned.format((floor + _TOP) / 2, escape(y_label)))
    return Markup("").join(parts)
