"""Where the buffers of an Arrow IPC file lie, so that single values can be read by `pread`.

A mapped file that is cut while it is open ends the process by a signal; a short `pread` is only short. pyarrow gives
arrays, not the places of their buffers, so the two tables of the format that hold those are read here:
https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format and https://flatbuffers.dev/internals/.
"""

from __future__ import annotations

import os
import struct
from typing import Any, Final, NamedTuple

_MAGIC: Final = b"ARROW1"
_TAIL: Final = struct.Struct("<i6s")  # length of the footer, magic
_BLOCK: Final = struct.Struct("<qi4xq")  # offset, length of the metadata, length of the body
_PAIR: Final = struct.Struct("<qq")  # a field node (length, nulls) or a buffer (offset, length)
_PREFIX: Final = 8  # continuation mark and length in front of a message
_RECORD_BATCH: Final = 3  # of the union MessageHeader
_FOOTER_BATCHES: Final = 3  # number of a field in its table; so are the others
_MESSAGE_KIND, _MESSAGE_HEADER = 1, 2
_BATCH_ROWS, _BATCH_NODES, _BATCH_BUFFERS, _BATCH_COMPRESSION = 0, 1, 2, 3
_MAX_METADATA: Final = 1 << 26  # bytes; a footer has 24 for each batch


class BatchPlaces(NamedTuple):
    """One record batch.

    Attributes:
        num_rows: Rows.
        nodes: (length, nulls) of each column.
        buffers: (offset in the file, length) of each buffer, in the order of the columns.
    """

    num_rows: int
    nodes: tuple[tuple[int, int], ...]
    buffers: tuple[tuple[int, int], ...]


def batch_places(handle: int, /) -> list[BatchPlaces]:
    """The record batches of an open file.

    Raises:
        ValueError: If the file is no whole, uncompressed Arrow IPC.
    """
    size = os.fstat(handle).st_size
    try:
        return [_places(handle, block, size) for block in _blocks(handle, size)]
    except struct.error:
        raise ValueError("its metadata are damaged") from None


def read_exactly(handle: int, length: int, offset: int, /) -> bytes:
    """Bytes of a file.

    Raises:
        ValueError: If the file ends before.
    """
    data = os.pread(handle, length, offset)
    if len(data) != length:
        raise ValueError(f"it ends inside bytes {offset} to {offset + length}")
    return data


def _blocks(handle: int, size: int) -> list[tuple[int, int, int]]:
    if size < len(_MAGIC) + _TAIL.size:
        raise ValueError("it is too short")
    length, magic = _TAIL.unpack(read_exactly(handle, _TAIL.size, size - _TAIL.size))
    if magic != _MAGIC or not 0 < length <= min(_MAX_METADATA, size - _TAIL.size):
        raise ValueError("it has no footer")
    footer = read_exactly(handle, length, size - _TAIL.size - length)
    return _structs(footer, _field(footer, _root(footer), _FOOTER_BATCHES), _BLOCK)


def _places(handle: int, block: tuple[int, int, int], size: int) -> BatchPlaces:
    offset, length, body = block
    start = offset + length
    if not (offset >= 0 and _PREFIX < length <= _MAX_METADATA and 0 <= body <= size - start):
        raise ValueError("a record batch lies outside it")
    message = read_exactly(handle, length - _PREFIX, offset + _PREFIX)
    table = _root(message)
    kind, header = _field(message, table, _MESSAGE_KIND), _field(message, table, _MESSAGE_HEADER)
    if kind is None or header is None or message[kind] != _RECORD_BATCH:
        raise ValueError("a record batch is none")
    batch = _follow(message, header)
    rows = _field(message, batch, _BATCH_ROWS)
    if rows is None or _field(message, batch, _BATCH_COMPRESSION) is not None:
        raise ValueError("a record batch is empty or compressed")
    (num_rows,) = struct.unpack_from("<q", message, rows)
    buffers = _structs(message, _field(message, batch, _BATCH_BUFFERS), _PAIR)
    if any(at < 0 or extent < 0 or at + extent > body for at, extent in buffers):
        raise ValueError("a buffer lies outside its record batch")
    return BatchPlaces(
        num_rows=num_rows,
        nodes=tuple(_structs(message, _field(message, batch, _BATCH_NODES), _PAIR)),
        buffers=tuple((start + at, extent) for at, extent in buffers),
    )


def _root(data: bytes) -> int:
    return _follow(data, 0)


def _follow(data: bytes, at: int) -> int:
    (step,) = struct.unpack_from("<I", data, at)
    return int(at + step)


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a field of a table stands; None where it has its default."""
    (back,) = struct.unpack_from("<i", data, table)
    shape = table - back
    if shape < 0:
        raise ValueError("its metadata are damaged")
    (length,) = struct.unpack_from("<H", data, shape)
    slot = 4 + 2 * number
    if slot + 2 > length:
        return None
    (step,) = struct.unpack_from("<H", data, shape + slot)
    return table + step if step and table + step < len(data) else None


def _structs(data: bytes, at: int | None, kind: struct.Struct) -> list[Any]:
    if at is None:
        return []
    vector = _follow(data, at)
    (count,) = struct.unpack_from("<I", data, vector)
    first = vector + 4
    if count * kind.size > len(data) - first:
        raise ValueError("its metadata are damaged")
    return list(kind.iter_unpack(data[first : first + count * kind.size]))
