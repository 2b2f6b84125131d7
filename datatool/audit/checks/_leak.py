"""E501: the same path in two splits; with images, the same bytes too."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import leaks
from datatool.schemas import plural


def _places(context: Context) -> str | None:
    if len(context.census.cells) < 2:
        return None
    if not context.options.images:
        return _paths(context)
    return f"{_paths(context)} UNION ALL BY NAME {leaks('content', 'the same bytes as')}"


def _paths(context: Context) -> str:
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
        f"{plural(count, 'image')} of one split also in another: scores there say nothing",
        context.fix("clean", f"{'--images ' if context.options.images else ''}--drop E501 -o DIR"),
    )


LEAK: Final = Check(
    code="E501",
    name="leak",
    when="the same path or bytes stand in two splits",
    text=(
        "The same image stands in two splits, however it is spelled (`./a.jpg`, `../data/a.jpg`, an absolute path, "
        "another root); with `--images` also through links, and the same bytes under two names. Scores on such rows "
        "say nothing."
    ),
    example="train.txt:\na.jpg 0\nb.jpg 0\nval.txt:\nb.jpg 0\n",
    fix="`datatool clean DATASET --drop E501 -o DIR` drops them from the later split (train, val, test).",
    look=Lines(sql=_places, describe=_describe),
    gallery="In two splits",
)
