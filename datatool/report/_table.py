"""Tables that stay usable with 100,000 rows: columns as JSON, only the visible rows drawn by the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from datatool.report._deflated import data_script


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: numbers sort as numbers and stand at the right, texts are what the search box searches.

    Attributes:
        label: Its head.
        values: Numbers, texts or None; nothing where `names_of` is given.
        digits: Decimals shown of a number.
        grouped: Whether thousands are separated; not wanted for ids.
        names_of: Another table of the page: its second column has the text for what stands in the first column of
            both, so that 100,000 names are on the page once.
    """

    label: str
    values: Sequence[Any] = ()
    digits: int = 0
    grouped: bool = True
    names_of: str | None = None

    @property
    def is_number(self) -> bool:
        kinds = set(map(type, self.values)) - {type(None)}  # few kinds, whatever the number of values
        return self.names_of is None and all(issubclass(kind, int | float) for kind in kinds)

    def data(self) -> dict[str, Any]:
        """What the page's script reads."""
        held: dict[str, Any] = {"names_of": self.names_of} if self.names_of else {"values": list(self.values)}
        shown = {"label": self.label, "number": self.is_number, "digits": self.digits, "grouped": self.grouped}
        return shown | held


def data_table(name: str, columns: Sequence[Column], /, *, caption: str, also: str = "") -> Markup:
    """A sortable, searchable table.

    Args:
        name: Unique on the page; letters, digits and hyphens.
        columns: Of equal length.
        caption: What a row is, for the search box and for screen readers.
        also: A file that holds the same figures, for browsers that cannot draw the table.
    """
    assert len({len(column.values) for column in columns if not column.names_of}) <= 1, "columns differ in length"
    host = Markup(
        '<div class="vtable" data-table="{}" data-caption="{}" data-also="{}">'
        "<noscript>This table needs JavaScript.{}</noscript></div>"
    ).format(name, caption, also, f" {also} holds the same figures." if also else "")
    return host + data_script(f"table-{name}", [column.data() for column in columns])
