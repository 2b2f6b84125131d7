"""W302: a row again."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural


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


DUPLICATE_ROW: Final = Check(
    code="W302",
    name="duplicate-row",
    when="one path is listed again in its split",
    text="The same path and label stand again in the split, and count twice.",
    example="a.jpg 0\na.jpg 0\n",
    fix=(
        "`datatool clean DATASET --drop W302 -o DIR` keeps the first; to repeat rare classes use `datatool balance`, "
        "which knows what it repeats."
    ),
    look=Lines(sql=_places, describe=_describe),
)
