"""W201: ids do not start at 0."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import plural


def _find(context: Context) -> Found | None:
    """Class_num stays the largest id + 1, so the ids below the first are outputs that never learn."""
    census = context.census
    if not census.ids or census.ids[0] == 0 or all(label in (context.rows.names or ()) for label in _below(context)):
        return None
    first = census.ids[0]
    return Found(
        count=first,
        message=f"ids start at {first:,}, not 0, so class_num is {census.class_num:,} "
        f"for {plural(len(census.ids), 'class')}",
        hint=context.fix("relabel", "-o DIR"),
    )


def _below(context: Context) -> range:
    """Ids below the first; those that have a name or a class folder are W210's."""
    return range(context.census.ids[0])


IDS_START_ABOVE_ZERO: Final = Check(
    code="W201",
    name="ids-start-above-zero",
    when="the smallest class id is not 0",
    text=(
        "The smallest id is not 0. `class_num` is still the largest id + 1, and the outputs below the first id never "
        "learn."
    ),
    example="a.jpg 1\nb.jpg 2\n",
    fix="`datatool relabel DATASET -o DIR`.",
    look=_find,
)
