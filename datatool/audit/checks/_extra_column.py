"""W110: more tokens than path and label."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'line')} with a further column; the last token was taken as the label",
        context.fix("clean", "--drop W110 -o DIR"),
    )


extra_column = Located(
    code="W110",
    places=lambda _: "SELECT file, line, text, reason, true AS drop FROM notes WHERE code = 'W110'",
    describe=_describe,
)
