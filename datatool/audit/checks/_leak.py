"""E501: the same path in two splits."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located


def _places(context: Context) -> str | None:
    if len(context.census.cells) < 2:
        return None
    return f"""
        SELECT file, line, path || ' ' || label AS text,
               CASE WHEN number = 1
                    THEN 'also in ' || first.split || ': ' || first.file || ':' || first.line
               END AS reason, true AS drop
        FROM (SELECT *, split::VARCHAR AS this,
                     row_number() OVER (PARTITION BY identity, split ORDER BY file, line) AS number,
                     first_value({{split: split::VARCHAR, file: file::VARCHAR, line: line}}) OVER (
                         PARTITION BY identity
                         ORDER BY list_position(['train', 'val', 'test'], split::VARCHAR), file, line) AS first
              FROM {context.repeats})
        WHERE this <> first.split"""


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'path')} of one split also listed in another: scores there say nothing",
        context.fix("clean", "--drop E501 -o DIR"),
    )


leak = Located(code="E501", places=_places, describe=_describe)
