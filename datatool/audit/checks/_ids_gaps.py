"""W202: ids have gaps."""

from __future__ import annotations

from typing import Final

from datatool.audit._census import gaps
from datatool.audit._check import Check, Found
from datatool.audit._context import Context, plural


def _find(context: Context) -> Found | None:
    census = context.census
    if not census.ids:
        return None
    # A class that has a name or a folder and no row is W210's.
    named = (label for label in context.rows.names or () if census.ids[0] < label < census.ids[-1])
    runs = list(gaps(sorted({*census.ids, *named}), start=census.ids[0]))
    count = sum(last - first + 1 for first, last in runs)
    if not count:
        return None
    limit = context.options.max_examples
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:limit])
    more = ", ..." if len(runs) > limit else ""
    wasted = count * (context.options.feature_dim + 1)
    return Found(
        count=count,
        message=f"{plural(count, 'id')} between {census.ids[0]:,} and {census.ids[-1]:,} without a row: {shown}{more}; "
        f"class_num stays {census.class_num:,}, and {wasted:,} weights of the final layer never learn",
        hint=context.fix("relabel", "-o DIR"),
    )


IDS_HAVE_GAPS: Final = Check(
    code="W202",
    name="ids-have-gaps",
    when="ids between 0 and the largest have no row and no name",
    text=(
        "Ids between the smallest and the largest have no row; those that have a name or a class folder are W210. One "
        "mistyped id makes a huge final layer."
    ),
    example="a.jpg 0\nb.jpg 7\nc.jpg 1000\n",
    fix="`datatool relabel DATASET -o DIR` makes ids dense; keep the gaps if they are reserved for classes to come.",
    look=_find,
)
