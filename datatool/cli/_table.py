"""Tables on a terminal: one style for every command."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from datatool.schemas import escaped

if TYPE_CHECKING:
    from rich.table import Table


def plain_table(*titles: str, text: Collection[str] = (), head: bool = True) -> Table:
    """A table without lines, which 80 columns hold and which other programs can read.

    Args:
        titles: Of the columns.
        text: Those that hold words: they begin at the left, and break where a line is too short for them; the others
            hold numbers, which end at the right and never break.
        head: Whether the titles are printed.
    """
    from rich.table import Table

    class Escaped(Table):
        def add_row(self, *cells: Any, **options: Any) -> None:
            """Control characters are spelled out before widths are measured."""
            super().add_row(*(escaped(cell) if isinstance(cell, str) else cell for cell in cells), **options)

    table = Escaped(box=None, show_header=head)
    for title in titles:
        words = title in text
        table.add_column(title, justify="left" if words else "right", no_wrap=not words, overflow="fold")
    return table
