"""The fields of a FlatBuffers table, of which Arrow's metadata are made.

https://flatbuffers.dev/internals/: a table begins with the distance to its vtable, which holds where its fields are.
"""

from __future__ import annotations

import struct
from typing import Self

from datatool.storage.places._places import NotInPlaceError


class Table:
    """A table in a buffer.

    Args:
        data: The buffer.
        at: Where the table begins in it.
    """

    def __init__(self, data: bytes, at: int, /) -> None:
        self._data = data
        self._at = at
        self._vtable = at - self._number("<i", at)

    @classmethod
    def root(cls, data: bytes, /) -> Self:
        """The table that a buffer begins with."""
        return cls(data, _unpack("<I", data, 0))

    def scalar(self, field: int, kind: str, /) -> int:
        """A number, in the letters of `struct`; 0 where it is left out."""
        place = self._place(field)
        return 0 if place is None else self._number(f"<{kind}", place)

    def table(self, field: int, /) -> Table | None:
        """A table that is a field; None where it is left out."""
        place = self._place(field)
        return None if place is None else Table(self._data, place + self._number("<I", place))

    def structs(self, field: int, kind: str, /) -> list[tuple[int, ...]]:
        """A vector of structs or numbers, in the letters of `struct`."""
        place = self._place(field)
        if place is None:
            return []
        start = place + self._number("<I", place)
        size, count = struct.calcsize(f"<{kind}"), self._number("<I", start)
        if start + 4 + size * count > len(self._data):
            raise NotInPlaceError("damaged metadata")
        return list(struct.iter_unpack(f"<{kind}", self._data[start + 4 : start + 4 + size * count]))

    def _place(self, field: int) -> int | None:
        entry = 4 + 2 * field
        if entry + 2 > self._number("<H", self._vtable):
            return None
        distance = self._number("<H", self._vtable + entry)
        return self._at + distance if distance else None

    def _number(self, kind: str, at: int) -> int:
        return _unpack(kind, self._data, at)


def _unpack(kind: str, data: bytes, at: int) -> int:
    if not 0 <= at <= len(data) - struct.calcsize(kind):
        raise NotInPlaceError("damaged metadata")
    return int(struct.unpack_from(kind, data, at)[0])
