"""E105: no usable row."""

from __future__ import annotations

from datatool.audit._context import Context, finding
from datatool.schemas import Example, Finding


def empty(context: Context, /) -> Finding | None:
    """Report inputs without a single usable row."""
    bare = [file for file in context.rows.files if not file.rows]
    if not bare:
        return None
    return finding(
        "E105",
        count=len(bare),
        message=f"no usable row in {', '.join(dict.fromkeys(file.path for file in bare))}",
        hint="write `path label` on each line, ids from 0",
        examples=[
            Example(file=file.path, reason=f"no usable row for {file.split}")
            for file in bare[: context.options.max_examples]
        ],
    )
