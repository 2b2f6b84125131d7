"""E203: --class-num is too small."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural


def _places(context: Context) -> str | None:
    given = context.options.class_num
    if given is None or context.census.class_num <= given:
        return None
    if context.census.ids[-1] < given:  # a class without images: it has no line
        reason = "'a class without images has a name or a folder'"
        return f"SELECT '' AS file, NULL::BIGINT AS line, '' AS text, {reason} AS reason, false AS drop"
    return (
        "SELECT file, line, path || ' ' || label AS text, "
        f"'label ' || label || ' is not below class_num {given}' AS reason, true AS drop "
        f"FROM $rows WHERE label >= {given}"
    )


def _describe(context: Context, count: int) -> tuple[str, str]:
    needed = context.census.class_num
    if context.census.ids[-1] < (context.options.class_num or 0):
        return f"classes without images need class_num {needed}", f"set class_num to {needed}"
    return (
        f"{plural(count, 'row')} with a label not below --class-num {context.options.class_num}; {needed} is needed",
        f"set class_num to {needed}, or {context.fix('relabel', '-o DIR')} if ids have gaps",
    )


CLASS_NUM_TOO_SMALL: Final = Check(
    code="E203",
    name="class-num-too-small",
    when="--class-num is not above the largest id",
    text=(
        "`--class-num N` was given and a label is N or more: the loss fails, on a GPU as a device assert far from the "
        "cause."
    ),
    example="a.jpg 0\nb.jpg 2\n",
    example_options="--class-num 2",
    fix="set class_num to the largest id + 1.",
    look=Lines(sql=_places, describe=_describe),
)
