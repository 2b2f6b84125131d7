"""The id axis with its gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from datatool.report._svg import percent, svg, text_at

_TOP, _HEIGHT = 6, 22
_MAX_BINS: Final = 150  # of 2 px on a telephone: a single missing id of a million still shows
_FAINTEST: Final = 0.3  # opacity of a bin of which the smallest part is missing


def gap_strip(ranges: Sequence[tuple[int, int]], /, *, class_num: int) -> Markup:
    """Ids 0 to class_num - 1 as a strip; ``ranges`` (both ends included) are the ids without a row.

    Where several ids share a bin, its mark is the stronger the more of them are missing.
    """
    num_bins = min(class_num, _MAX_BINS)
    whole = Markup('<rect class="present" width="100%" y="{}" height="{}" rx="3"><title>{}</title></rect>').format(
        _TOP, _HEIGHT, f"ids 0 to {class_num - 1:,}"
    )
    mark = Markup(
        '<rect class="missing" x="{}" y="{}" width="{}" height="{}" fill-opacity="{:.2f}"><title>{}</title></rect>'
    )
    marks = [
        mark.format(
            percent(start / num_bins),
            _TOP,
            percent((stop - start) / num_bins),
            _HEIGHT,
            _FAINTEST + (1 - _FAINTEST) * share,
            _name(start * class_num / num_bins, stop * class_num / num_bins, share),
        )
        for start, stop, share in _runs(_shares(ranges, class_num, num_bins))
    ]
    below = _TOP + _HEIGHT + 16
    ends = text_at(0.0, below, "0") + text_at(1.0, below, f"{class_num - 1:,}")
    body = whole + Markup("").join(marks) + ends
    return svg(body, height=below + 6, describe=f"{len(ranges)} gaps among {class_num} ids")


def _shares(ranges: Sequence[tuple[int, int]], class_num: int, num_bins: int) -> list[float]:
    """Missing share of the ids in each bin."""
    width = class_num / num_bins
    missing = [0.0] * num_bins
    for first, last in ranges:
        for place in range(int(first / width), min(math.ceil((last + 1) / width), num_bins)):
            missing[place] += min(last + 1, (place + 1) * width) - max(first, place * width)
    return [min(1.0, max(0.0, amount) / width) for amount in missing]


def _runs(shares: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    """Neighbouring bins of one share as (start, stop, share); bins without a missing id are left out."""
    for share, places in groupby(range(len(shares)), key=lambda place: math.ceil(1000 * shares[place] - 1e-9) / 1000):
        run = list(places)
        if share:
            yield run[0], run[-1] + 1, share


def _name(start: float, stop: float, share: float) -> str:
    first, last = round(start), max(round(start), round(stop) - 1)
    ids = f"id {first:,}" if first == last else f"ids {first:,} to {last:,}"
    return f"{ids}: no row" if share >= 1 else f"{ids}: {share:.1%} without a row"
