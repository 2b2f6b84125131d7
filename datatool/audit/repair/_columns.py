"""Further columns of tables in a copy of the data set: written beside `path` and `label` where they are kept."""

from __future__ import annotations

import re
from typing import Final

from datatool.rows import Rows
from datatool.schemas import and_more, escaped, plural

_SHOWN: Final = 8  # columns named in a sentence
_PLAIN_VALUE: Final = r"[^\x00-\x1f\x7f]*"  # what a CSV holds on one line
_PLAIN_NAME: Final = re.compile(r"[^\x00-\x1f\x7f,;\"]+")  # what a header holds whatever separates its names


def kept_values(rows: Rows, /) -> str:
    """SQL text: the kept columns under their names, each after a comma."""
    names = (name.replace('"', '""') for name in rows.kept)
    return "".join(f', k{at}.value AS "{name}"' for at, name in enumerate(names))


def kept_joins(rows: Rows, /) -> str:
    """SQL text: the tables of the kept columns, joined to rows ``r``."""
    return "".join(
        f" LEFT JOIN kept_{at} k{at} ON k{at}.file = r.file::VARCHAR AND k{at}.line = r.line"
        for at in range(len(rows.kept))
    )


def has_kept_sql(rows: Rows, /) -> str:
    """SQL text: whether some of the rows have a value in a kept column."""
    return " OR ".join(f"bool_or(k{at}.value IS NOT NULL)" for at in range(len(rows.kept))) or "false"


def fits_csv_sql(rows: Rows, /) -> str:
    """SQL text: whether names and values of the kept columns read back from a CSV as they are."""
    if not all(_PLAIN_NAME.fullmatch(name) for name in rows.kept):
        return "false"
    fits = (f"coalesce(regexp_full_match(k{at}.value, '{_PLAIN_VALUE}'), true)" for at in range(len(rows.kept)))
    return f"bool_and({' AND '.join(fits) or 'true'})"


def columns_left(rows: Rows, /) -> list[str]:
    """A sentence on the further columns that the copy does not have."""
    kept = {name.lower() for name in rows.kept}
    left = [escaped(name) for name in rows.further if name.lower() not in kept]
    if not left:
        return []
    named = and_more(left[:_SHOWN], len(left))
    return [f"left out {plural(len(left), 'column')}: {named}; --keep-column NAME keeps one"]
