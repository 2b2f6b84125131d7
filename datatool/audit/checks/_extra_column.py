"""W110: more tokens than path and label."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'line')} with a further column; the last token was taken as the label",
        context.fix("clean", "--drop W110 -o DIR"),
    )


EXTRA_COLUMN: Final = Check(
    code="W110",
    name="extra-column",
    when="more tokens between an image extension and the label",
    text="There is more between an image's name and the label. One of the two numbers is not what you think.",
    example="a.jpg 0\nb.jpg 0 9\n",
    fix="remove the column that is not the label.",
    look=Lines(
        sql=lambda _: "SELECT file, line, text, reason, true AS drop FROM notes WHERE code = 'W110'", describe=_describe
    ),
)
