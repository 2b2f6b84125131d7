"""E108: paths that leave their root."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural

OUTSIDE: Final = (
    r"CASE WHEN contains(path, '..') THEN starts_with(path, '/') OR regexp_matches(path, '(^|/)\.\.(/|$)') "
    "ELSE starts_with(path, '/') END"
)
"""SQL: whether a path is absolute or holds `..`, judged on its text."""


def _places(context: Context) -> str | None:
    if context.options.allow_outside_root or not context.rows.may_leave_root:
        return None
    return (
        "SELECT file, line, path || ' ' || label AS text, CASE WHEN starts_with(path, '/') "
        f"THEN 'the path is absolute' ELSE 'the path holds ..' END AS reason, true AS drop FROM $rows WHERE {OUTSIDE}"
    )


def _describe(context: Context, count: int) -> tuple[str, str]:
    del context
    return (
        f"{plural(count, 'path')} absolute or with `..`: another machine has not the same files there",
        "accept them with --allow-outside-root, or write paths relative to --root",
    )


PATH_OUTSIDE_ROOT: Final = Check(
    code="E108",
    name="path-outside-root",
    when="the path is absolute or climbs out with `..`",
    text=(
        "A path is absolute or holds `..`, judged by its text alone. The list then works on one machine only, or "
        "reads files nobody meant to share."
    ),
    example="a.jpg 0\n../b.jpg 0\n",
    fix="write paths relative to `--root`, or accept them with `--allow-outside-root`.",
    look=Lines(sql=_places, describe=_describe),
)
