"""I204: --class-num is larger than needed."""

from __future__ import annotations

from datatool.audit._context import Context, finding, plural
from datatool.schemas import Finding


def class_num_larger(context: Context, /) -> Finding | None:
    """Report spare outputs; they are legal, and sometimes meant (Q2.1)."""
    given, needed = context.options.class_num, context.census.class_num
    if given is None or given <= needed or not context.census.ids:
        return None
    spare = given - needed
    weights = spare * (context.options.feature_dim + 1)
    return finding(
        "I204",
        count=spare,
        message=f"--class-num {given:,} leaves {plural(spare, 'output')} unused ({weights:,} weights); "
        f"that is legal, {needed:,} would be enough",
        hint=f"keep it to leave room for new classes, or set class_num to {needed}",
    )
