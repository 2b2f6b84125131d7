"""I204: --class-num is larger than needed."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import plural


def _find(context: Context) -> Found | None:
    """Spare outputs are legal, and some are meant for classes to come."""
    given, needed = context.options.class_num, context.census.class_num
    if given is None or given <= needed or not context.census.ids:
        return None
    spare = given - needed
    weights = spare * (context.options.feature_dim + 1)
    return Found(
        count=spare,
        message=f"--class-num {given:,} leaves {plural(spare, 'output')} unused ({weights:,} weights); "
        f"that is legal, {needed:,} would be enough",
        hint=f"keep it to leave room for new classes, or set class_num to {needed}",
    )


CLASS_NUM_LARGER: Final = Check(
    code="I204",
    name="class-num-larger",
    when="--class-num is larger than needed, which is legal",
    text=(
        "`--class-num N` is larger than needed. That is legal; it costs `feature_dim + 1` weights for each spare "
        "output."
    ),
    example="a.jpg 0\nb.jpg 1\n",
    example_options="--class-num 10",
    fix="none needed; lower it if the room is not meant.",
    look=_find,
)
