"""W202: ids have gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from datatool.audit._census import gaps
from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import plural


def _find(context: Context) -> Found | None:
    census, reserved = context.census, context.reserved
    if not census.ids:
        return None
    # A class that has a name or a folder and no row is W210's; one that a map keeps is named by itself.
    held = (label for label in {*(context.rows.names or ()), *reserved} if census.ids[0] < label < census.ids[-1])
    runs = list(gaps(sorted({*census.ids, *held}), start=census.ids[0]))
    count = sum(last - first + 1 for first, last in runs)
    if not count and not reserved:
        return None
    wasted = (count + len(reserved)) * (context.options.feature_dim + 1)
    said = "; ".join(one for one in (_without_rows(context, runs, count), _kept(context, reserved)) if one)
    return Found(
        count=count + len(reserved),
        message=f"{said}; class_num stays {census.class_num:,}, and {wasted:,} weights of the final layer never learn",
        hint=context.fix("relabel", "-o DIR") if count else "keep them: ids of a map are given to no other class",
    )


def _without_rows(context: Context, runs: list[tuple[int, int]], count: int) -> str:
    if not count:
        return ""
    census, limit = context.census, context.options.max_examples
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:limit])
    more = ", ..." if len(runs) > limit else ""
    return f"{plural(count, 'id')} between {census.ids[0]:,} and {census.ids[-1]:,} without a row: {shown}{more}"


def _kept(context: Context, reserved: Mapping[int, str]) -> str:
    if not reserved:
        return ""
    limit = context.options.max_examples
    shown = ", ".join(f"{label} ({name})" for label, name in list(reserved.items())[:limit])
    more = ", ..." if len(reserved) > limit else ""
    return f"{plural(len(reserved), 'id')} of classes that left or were joined, which map.json keeps: {shown}{more}"


IDS_HAVE_GAPS: Final = Check(
    code="W202",
    name="ids-have-gaps",
    when="ids between 0 and the largest have no row and no name, or are kept by a map for classes that left",
    text=(
        "Ids between the smallest and the largest have no row; those that have a name or a class folder are W210. One "
        "mistyped id makes a huge final layer."
    ),
    example="a.jpg 0\nb.jpg 7\nc.jpg 1000\n",
    fix=(
        "`datatool relabel DATASET -o DIR` makes ids dense; keep the gaps if they are reserved for classes to come, or "
        "if a map of `relabel` keeps them for classes that left."
    ),
    look=_find,
)
