"""Line charts: an axis of fixed width beside a plot that fills the rest of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from datatool.report._scale import Scale, around, short
from datatool.report._svg import legend, percent, text_at

Floats = NDArray[np.float64]

_PLOT: Final = 240  # px, height
_TOP: Final = 8  # px above the plot: half a tick's text
_FOOT: Final = 44  # px below it: ticks, and the name of the x axis
_AXIS: Final = 52  # px, width of the y axis
_UNITS: Final = 1000  # of a polyline's own x axis, which is stretched to the plot's width
_MAX_POINTS: Final = 400  # more are not visible
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
    from_zero: bool = False,
    near: bool = False,
    describe: str = "",
) -> Markup:
    """Lines over common axes that hold every point, with a legend above when there are two or more.

    Args:
        series: At least one; points that a log axis cannot show are left out.
        x_label: Name of the x axis, with its unit.
        y_label: Name of the y axis, with its unit.
        log_x: Logarithmic x axis.
        log_y: Logarithmic y axis.
        from_zero: Whether the x axis begins at 0 and ends at a tick, as points that are no line want it.
        near: Whether the y axis begins near the smallest value, where differences count, rather than at 0.
        describe: What the picture shows, for those who cannot see it.
    """
    shown = [_drawable(line.points, log_x, log_y) for line in series]
    places, heights = np.concatenate([np.empty((0, 2)), *shown]).T
    x_scale = around(places, start=0, end=1, log=log_x, zero=from_zero, whole=from_zero)
    y_scale = around(
        _with_margin(heights) if near else heights, start=_TOP + _PLOT, end=_TOP, log=log_y, zero=not near, whole=True
    )
    marks = Markup("").join(_line(line, points, x_scale, y_scale) for line, points in zip(series, shown, strict=True))
    plot = Markup('<svg class="chart" width="100%" height="{}" aria-hidden="true">{}{}</svg>').format(
        _TOP + _PLOT + _FOOT, _grid(x_scale, y_scale, x_label), marks
    )
    names = [(line.label, line.slot) for line in series]
    return Markup('{}<div class="plot" role="img" aria-label="{}"><p class="axis-name">{}</p>{}{}</div>').format(
        legend(names) if len(series) > 1 else Markup(""),
        describe or f"{y_label} over {x_label}",
        y_label,
        _y_axis(y_scale),
        plot,
    )


def _with_margin(values: Floats) -> Floats:
    """The ends a little further apart, so that no dot stands on a border."""
    ends = np.array([values.min(), values.max()] if len(values) else [])
    return ends + np.ptp(values) / 20 * np.array([-1, 1]) if len(ends) else ends


def _drawable(points: Sequence[tuple[float, float]], log_x: bool, log_y: bool) -> Floats:
    """The points that can be drawn, (N, 2)."""
    found = np.array(points, np.float64).reshape(-1, 2)
    least = np.where([log_x, log_y], 0.0, -np.inf)
    good: Floats = found[(np.isfinite(found) & (found > least)).all(axis=1)]
    return good


def _line(line: Series, points: Floats, x_scale: Scale, y_scale: Scale) -> Markup:
    stride = max(1, math.ceil(len(points) / _MAX_POINTS))
    kept = [*points[:-1:stride].tolist(), *points[-1:].tolist()]
    path = " ".join(f"{_UNITS * x_scale(x):.1f},{y_scale(y):.1f}" for x, y in kept)
    style = Markup(' stroke-dasharray="5 4"') if line.dashed else Markup("")
    drawn = Markup(
        '<svg class="stretched" width="100%" height="{0}" viewBox="0 0 {1} {0}" preserveAspectRatio="none">'
        '<polyline class="line c{2}" vector-effect="non-scaling-stroke" points="{3}"{4}><title>{5}</title></polyline>'
        "</svg>"
    ).format(_TOP + _PLOT, _UNITS, line.slot, path, style, line.label)
    if len(kept) > _MAX_DOTS:
        return drawn
    dot = Markup('<circle class="dot f{}" cx="{}" cy="{:.1f}" r="4"><title>{}: {}, {}</title></circle>')
    return drawn + Markup("").join(
        dot.format(line.slot, percent(x_scale(x)), y_scale(y), line.label, short(x), short(y)) for x, y in kept
    )


def _y_axis(scale: Scale) -> Markup:
    text = Markup('<text class="tick" x="{}" y="{:.1f}" text-anchor="end" dy="0.32em">{}</text>')
    return Markup('<svg class="chart" width="{}" height="{}" aria-hidden="true">{}</svg>').format(
        _AXIS,
        _TOP + _PLOT + _FOOT,
        Markup("").join(text.format(_AXIS - 8, scale(tick), short(tick)) for tick in scale.ticks()),
    )


def _grid(x_scale: Scale, y_scale: Scale, x_label: str) -> Markup:
    floor = _TOP + _PLOT
    rule = Markup('<line class="{}" x1="0" x2="100%" y1="{:.1f}" y2="{:.1f}"/>')
    parts = [rule.format("grid", y_scale(tick), y_scale(tick)) for tick in y_scale.ticks()]
    parts += [text_at(x_scale(tick), floor + 18, short(tick)) for tick in x_scale.ticks()]
    parts.append(rule.format("axis", floor, floor))
    parts.append(
        Markup('<text class="label" x="50%" y="{}" text-anchor="middle">{}</text>').format(floor + 38, x_label)
    )
    return Markup("").join(parts)
