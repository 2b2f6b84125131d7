"""W201: ids do not start at 0."""

from __future__ import annotations

from datatool.audit._context import Context, finding
from datatool.schemas import Finding


def ids_start_above_zero(context: Context, /) -> Finding | None:
    """Report a smallest id above 0: class_num stays max id + 1, and the ids below it are dead outputs (Q2.1)."""
    census = context.census
    if not census.ids or census.ids[0] == 0:
        return None
    first = census.ids[0]
    return finding(
        "W201",
        count=first,
        message=f"ids start at {first:,}, not 0, so class_num is {census.class_num:,} for {len(census.ids):,} classes",
        hint=context.fix("relabel", "-o DIR"),
    )
