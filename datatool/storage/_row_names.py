"""What rows of tables are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from datatool.schemas import whole_number

_NUMBER: Final = 8  # digits, so that names sort as rows do


def row_name(number: int, name: str | None, /) -> str:
    """What a row is called below its column: the number, which tells it, and a name for people.

    >>> row_name(17, "cat/1.png"), row_name(3, None), row_name(4, "/../a.png")
    ('00000017/cat/1.png', '00000003', '00000004/a.png')
    """
    parts = [part for part in (name or "").split("/") if part not in ("", ".", "..")]
    return "/".join([f"{number:0{_NUMBER}}", *parts])


def readings(text: str, /) -> Iterator[tuple[str, int]]:
    """Column and number in what follows a table; either may be part of a name with slashes."""
    parts = text.split("/")
    for at in range(1, len(parts)):
        if number := whole_number(parts[at]):
            yield "/".join(parts[:at]), number
