"""A confusion matrix as inline SVG, readable up to a few dozen classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from datatool.report._svg import svg

_LEFT, _TOP, _SIDE = 130, 26, 500
_MAX_LABEL: Final = 18  # characters that fit left of the matrix
_NUMBERED: Final = 16  # classes up to which a cell has room for its number


def heat_matrix(counts: Sequence[Sequence[int]], names: Sequence[str], /, *, describe: str = "") -> Markup:
    """Shares of each row by shade: a row is a true class, a column a predicted one.

    Args:
        counts: Square; rows without a count stay empty.
        names: One for each class.
        describe: For those who cannot see it.
    """
    size = len(counts)
    cell = _SIDE / max(size, 1)
    parts = []
    for row, values in enumerate(counts):
        total = sum(values)
        parts.append(_label(names[row], _TOP + (row + 0.5) * cell))
        for column, count in enumerate(values):
            if count:
                parts.append(_cell(row, column, count / total, count, names, cell, numbered=size <= _NUMBERED))
    frame = Markup('<rect class="axis" fill="none" x="{}" y="{}" width="{}" height="{}"/>')
    parts.append(frame.format(_LEFT, _TOP, _SIDE, _SIDE))
    head = Markup('<text class="label" x="{}" y="16" text-anchor="middle">predicted, in the order of the rows</text>')
    parts.append(head.format(_LEFT + _SIDE / 2))
    text = describe or f"confusion of {size} classes"
    return svg(Markup("").join(parts), width=_LEFT + _SIDE + 10, height=_TOP + _SIDE + 10, describe=text)


def _cell(
    row: int, column: int, share: float, count: int, names: Sequence[str], cell: float, *, numbered: bool
) -> Markup:
    x, y = _LEFT + column * cell, _TOP + row * cell
    shade = Markup(
        '<rect class="f{}" fill-opacity="{:.2f}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
        "<title>{} taken for {}: {:,} ({:.0%})</title></rect>"
    ).format(1 if row == column else 6, 0.15 + 0.85 * share, x, y, cell, cell, names[row], names[column], count, share)
    if not numbered:
        return shade
    number = Markup('<text class="value" x="{:.1f}" y="{:.1f}" text-anchor="middle" dy="0.35em">{:,}</text>')
    return shade + number.format(x + cell / 2, y + cell / 2, count)


def _label(name: str, y: float) -> Markup:
    short = name if len(name) <= _MAX_LABEL else f"{name[: _MAX_LABEL - 1]}…"
    text = Markup('<text class="name" x="{}" y="{:.1f}" text-anchor="end" dy="0.32em">{}<title>{}</title></text>')
    return text.format(_LEFT - 8, y, short, name)
