"""The id axis with its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from datatool.report._scale import Scale
from datatool.report._svg import svg

_WIDTH, _LEFT, _RIGHT, _TOP, _HEIGHT = 640, 8, 8, 6, 22
_MIN_MARK: Final = 1.5  # px: a single missing id of 100,000 must still be seen


def gap_strip(ranges: Sequence[tuple[int, int]], /, *, class_num: int) -> Markup:
    """Ids 0 to class_num - 1 as a strip; ``ranges`` (both ends included) are the ids without a row."""
    scale = Scale(low=0, high=class_num, start=_LEFT, end=_WIDTH - _RIGHT)
    whole = Markup('<rect class="present" x="{}" y="{}" width="{}" height="{}" rx="3"><title>{}</title></rect>').format(
        _LEFT, _TOP, _WIDTH - _LEFT - _RIGHT, _HEIGHT, f"ids 0 to {class_num - 1:,}"
    )
    mark = Markup('<rect class="missing" x="{:.2f}" y="{}" width="{:.2f}" height="{}"><title>{}</title></rect>')
    marks = [
        mark.format(scale(first), _TOP, max(scale(last + 1) - scale(first), _MIN_MARK), _HEIGHT, _name(first, last))
        for first, last in ranges
    ]
    text = Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{:,}</text>')
    below = _TOP + _HEIGHT + 16
    ends = text.format(_LEFT, below, "start", 0) + text.format(_WIDTH - _RIGHT, below, "end", class_num - 1)
    body = whole + Markup("").join(marks) + ends
    return svg(body, width=_WIDTH, height=below + 4, describe=f"{len(ranges)} gaps among {class_num} ids")


def _name(first: int, last: int) -> str:
    return f"id {first:,} has no row" if first == last else f"ids {first:,} to {last:,} have no row"
