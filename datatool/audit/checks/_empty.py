"""E105: no usable row."""

from __future__ import annotations

from datatool.audit._context import Context, finding
from datatool.schemas import Finding


def empty(context: Context, /) -> Finding | None:
    """Report a data set without a single usable row."""
    if context.census.num_rows:
        return None
    files = ", ".join(dict.fromkeys(file.path for file in context.rows.files))
    return finding("E105", count=1, message=f"no usable row in {files}", hint="write one `path label` per line")
