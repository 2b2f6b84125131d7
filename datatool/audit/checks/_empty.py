"""E105: no usable row."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example


def _find(context: Context) -> Found | None:
    bare = [file for file in context.rows.files if not file.rows]
    if not bare:
        return None
    return Found(
        count=len(bare),
        message=f"no usable row in {', '.join(dict.fromkeys(file.path for file in bare))}",
        hint="write `path label` on each line, ids from 0",
        examples=[
            Example(file=file.path, reason=f"no usable row for {file.split}")
            for file in bare[: context.options.max_examples]
        ],
    )


EMPTY_LIST: Final = Check(
    code="E105",
    name="empty-list",
    when="no usable row",
    text="An input without a single usable row.",
    example="",
    fix="see the faults of its lines; with none, the wrong file was given.",
    look=_find,
)
