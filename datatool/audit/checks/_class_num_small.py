"""E203: --class-num is too small."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located


def _places(context: Context) -> str | None:
    given = context.options.class_num
    if given is None or context.census.class_num <= given:
        return None
    return (
        "SELECT file, line, path || ' ' || label AS text, "
        f"'label ' || label || ' is not below class_num {given}' AS reason, true AS drop "
        f"FROM $rows WHERE label >= {given}"
    )


def _describe(context: Context, count: int) -> tuple[str, str]:
    needed = context.census.class_num
    return (
        f"{plural(count, 'row')} with a label not below --class-num {context.options.class_num}; {needed} is needed",
        f"set class_num to {needed}, or {context.fix('relabel', '-o DIR')} if ids have gaps",
    )


class_num_too_small = Located(code="E203", places=_places, describe=_describe)
