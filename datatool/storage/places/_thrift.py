"""The fields of a struct in Thrift's compact protocol, of which Parquet's page headers are made.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any, Final

from datatool.storage.places._places import NotInPlaceError

_STOP: Final = 0
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST: Final = 16


class EndError(Exception):
    """The bytes end inside of the struct."""


def read_struct(data: bytes, /) -> tuple[dict[int, Any], int]:
    """The struct that bytes begin with: its numbers, booleans and structs by field, and its length.

    Raises:
        EndError: If the bytes end inside of it.
        NotInPlaceError: If it is none.
    """
    reader = _Reader(data)
    try:
        found = reader.struct(0)
    except IndexError:
        raise EndError from None
    return found, reader.at


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise NotInPlaceError("a damaged page header")
        found: dict[int, Any] = {}
        field = 0
        while (head := self._byte()) != _STOP:
            field = field + (head >> 4) if head >> 4 else self._signed()
            found[field] = self._value(head & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in (_I16, _I32, _I64):
            return self._signed()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            return self._skip_list(depth)
        if kind not in (_BYTE, _DOUBLE, _BINARY):
            raise NotInPlaceError("a damaged page header")
        size = {_BYTE: 1, _DOUBLE: 8}.get(kind) or self._unsigned()
        self.at += size
        return None

    def _skip_list(self, depth: int) -> None:
        head = self._byte()
        count, kind = head >> 4, head & 15
        for _ in range(self._unsigned() if count == 15 else count):
            if kind in (_TRUE, _FALSE):
                self._byte()
            else:
                self._value(kind, depth + 1)

    def _byte(self) -> int:
        value = self._data[self.at]
        self.at += 1
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise NotInPlaceError("a damaged page header")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
