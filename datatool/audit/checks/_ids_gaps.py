"""W202: ids have gaps."""

from __future__ import annotations

from datatool.audit._context import Context, finding, plural
from datatool.schemas import Finding


def ids_have_gaps(context: Context, /) -> Finding | None:
    """Report ids without rows between the smallest and the largest, and what they cost in the final layer."""
    census = context.census
    if not census.ids:
        return None
    gaps = census.missing_id_count - census.ids[0]
    if not gaps:
        return None
    limit = context.options.max_examples
    runs = census.missing_ranges(limit + 1, start=census.ids[0])
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:limit])
    more = ", ..." if len(runs) > limit else ""
    wasted = gaps * (context.options.feature_dim + 1)
    return finding(
        "W202",
        count=gaps,
        message=f"{plural(gaps, 'id')} between {census.ids[0]:,} and {census.ids[-1]:,} without a row: {shown}{more}; "
        f"class_num stays {census.class_num:,}, and {wasted:,} weights of the final layer never learn",
        hint=context.fix("relabel", "-o DIR"),
    )
