"""E301: one path, two labels."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural


def _places(context: Context) -> str:
    return f"""
        SELECT file, line, path || ' ' || label AS text,
               CASE WHEN label <> first.label
                    THEN 'label ' || label || ' here, ' || first.label || ' at ' || first.file || ':' || first.line
               END AS reason, true AS drop
        FROM (SELECT *, first_value({{label: label, file: file::VARCHAR, line: line}}) OVER place AS first,
                     min(label) OVER same <> max(label) OVER same AS conflicting
              FROM {context.repeats}
              WINDOW same AS (PARTITION BY identity), place AS (PARTITION BY identity ORDER BY file, line))
        WHERE conflicting"""


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} with another label than the same path has before",
        context.fix("clean", "--drop E301 -o DIR"),
    )


CONFLICTING_LABEL: Final = Check(
    code="E301",
    name="conflicting-label",
    when="one path has two labels",
    text="One path has two labels. The place is the row that contradicts the first.",
    example="a.jpg 0\na.jpg 1\n",
    fix="decide which is right; `datatool clean DATASET --drop E301 -o DIR` leaves out every row of such a path.",
    look=Lines(sql=_places, describe=_describe),
)
