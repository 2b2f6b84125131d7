"""Large tables in little space: what stands in a page for megabytes of JSON."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from operator import sub
from typing import Any, Final

from markupsafe import Markup

from datatool.report._page import embed_json

_PLAIN: Final = 100_000  # characters; up to here a table stays text that can be read and searched in the file
_LEVEL: Final = 6  # of zlib; 9 takes five times as long for 4 % less


def data_script(key: str, columns: Sequence[Mapping[str, Any]], /) -> Markup:
    """A script element with columns: JSON, or where that is long, its base64 in zlib's format.

    Browsers inflate that by `DecompressionStream("deflate")`. Whole numbers that never fall, such as ids, stand there
    as their differences, `steps`, which pack to a thousandth.

    Args:
        key: Id of the element.
        columns: Their `values`, and what else the page's script reads.
    """
    least = sum(2 * len(column.get("values") or ()) for column in columns)  # a character and a comma for each
    text, kind = Markup() if least > _PLAIN else embed_json(columns), "application/json"
    if max(least, len(text)) > _PLAIN:
        packed = zlib.compress(embed_json([_in_steps(column) for column in columns]).encode(), _LEVEL)
        text, kind = Markup(base64.b64encode(packed).decode()), "text/plain"  # noqa: S704 - base64
    return Markup('<script type="{}" id="{}">{}</script>').format(kind, key, text)


def _in_steps(column: Mapping[str, Any]) -> dict[str, Any]:
    values: Sequence[Any] = column.get("values") or [None]
    steps = _steps(values)
    return dict(column) if steps is None else {key: column[key] for key in column if key != "values"} | {"steps": steps}


def _steps(values: Sequence[Any]) -> list[int] | None:
    """The first of some whole numbers that never fall, and the differences to those that follow; None for others."""
    if {*map(type, values)} != {int}:
        return None
    steps = [values[0], *map(sub, values[1:], values)]
    return steps if min(steps[1:], default=0) >= 0 else None
