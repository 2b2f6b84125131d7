"""W202: ids have gaps."""

from __future__ import annotations

from typing import Final

from datatool.audit._census import gaps
from datatool.audit._check import Check, Found
from datatool.audit._context import Context, plural
from datatool.schemas import ConfigError, load_map

MAP: Final = "map.json"


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
    reserved = _reserved(context, runs)
    limit = context.options.max_examples
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:limit])
    more = ", ..." if len(runs) > limit else ""
    wasted = count * (context.options.feature_dim + 1)
    return Found(
        count=count,
        message=f"{plural(count, 'id')} between {census.ids[0]:,} and {census.ids[-1]:,} without a row: {shown}{more}; "
        f"class_num stays {census.class_num:,}, and {wasted:,} weights of the final layer never learn"
        + (
            f"; {MAP} keeps the ids of classes that left or were joined: {', '.join(reserved[:limit])}"
            if reserved
            else ""
        ),
        hint="keep them: ids of a map are given to no other class"
        if len(reserved) == count
        else context.fix("relabel", "-o DIR"),
    )


def _reserved(context: Context, runs: list[tuple[int, int]]) -> list[str]:
    """Ids of the gaps that a map beside the dataset file gives to a class."""
    file = context.rows.dataset.file
    if file is None or not (file.parent / MAP).is_file():
        return []
    try:
        held = load_map(file.parent / MAP)
    except ConfigError:  # a file of another program that is called so
        return []
    inside = (label for label in sorted(held.inverse) if any(first <= label <= last for first, last in runs))
    return [f"{label} ({held.inverse[label]})" for label in inside]


IDS_HAVE_GAPS: Final = Check(
    code="W202",
    name="ids-have-gaps",
    when="ids between 0 and the largest have no row and no name",
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
