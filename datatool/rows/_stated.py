"""Sentences on what was settled by looking at the data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from datatool.rows.readers import OpenedPart
from datatool.schemas import escaped

_MOST_NAMES: Final = 8  # names of classes that are stated


def columns_text(columns: Mapping[str, str], /) -> str:
    """Columns of a table as they are stated.

    >>> columns_text({"path": "image_id", "label": "label"})
    'image_id as path, label as label'
    """
    return ", ".join(f"{name} as {role}" for role, name in columns.items())


def names_shown(names: Mapping[int, str], /) -> str:
    """The first class names with their ids, as they are stated.

    >>> names_shown({0: "cat", 1: "dog"})
    '0 cat, 1 dog'
    """
    some = [f"{label} {escaped(name)}" for label, name in itertools.islice(names.items(), _MOST_NAMES)]
    return ", ".join([*some, *(["..."] if len(names) > _MOST_NAMES else [])])


def headers_stated(parts: Sequence[OpenedPart], /) -> Iterator[str]:
    """A sentence for each header of a list, then one for all tables with the same columns."""
    columns: dict[str, list[str]] = {}
    for opened in parts:
        if opened.columns is not None:
            columns.setdefault(columns_text(opened.columns), []).append(opened.part.path)
        elif opened.header is not None:
            yield f"{opened.part.path}: the first line is a header: '{opened.header}'"
    for text, files in columns.items():
        more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
        yield f"{files[0]}{more}: columns: {text}"
