"""Tables that stay usable with 100,000 rows: columns as JSON, only the visible rows drawn by the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from datatool.report._page import embed_json


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: numbers sort as numbers and stand at the right, texts are what the search box searches."""

    label: str
    values: Sequence[Any]
    digits: int = 0  # decimals shown of a number
    grouped: bool = True  # thousands separated; not wanted for ids

    @property
    def is_number(self) -> bool:
        kinds = set(map(type, self.values)) - {type(None)}  # few kinds, whatever the number of values
        return all(issubclass(kind, int | float) for kind in kinds)


def data_table(name: str, columns: Sequence[Column], /, *, caption: str) -> Markup:
    """A sortable, searchable table.

    Args:
        name: Unique on the page; letters, digits and hyphens.
        columns: Of equal length.
        caption: What a row is, for the search box and for screen readers.
    """
    assert len({len(column.values) for column in columns}) <= 1, "columns differ in length"
    data = [
        {"label": c.label, "number": c.is_number, "digits": c.digits, "grouped": c.grouped, "values": list(c.values)}
        for c in columns
    ]
    return Markup(
        '<div class="vtable" data-table="{}" data-caption="{}"><noscript>This table needs JavaScript.</noscript></div>'
        '<script type="application/json" id="table-{}">{}</script>'
    ).format(name, caption, name, embed_json(data))
