"""W302: a row again."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located


def _places(context: Context) -> str:
    return f"""
        SELECT file, line, path || ' ' || label AS text,
               'listed already at ' || first.file || ':' || first.line AS reason, true AS drop
        FROM (SELECT *, first_value({{file: file::VARCHAR, line: line}}) OVER place AS first,
                     row_number() OVER place AS number
              FROM {context.repeats} WINDOW place AS (PARTITION BY identity, split, label ORDER BY file, line))
        WHERE number > 1"""


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} listed again in the same split: they count twice",
        context.fix("clean", "--drop W302 -o DIR"),
    )


duplicate_row = Located(code="W302", places=_places, describe=_describe)
