"""Bodies of Arrow files and streams: where the values of a column of binary lie in them.

https://arrow.apache.org/docs/format/Columnar.html: every message is a length, metadata, and a body of buffers, whose
places and lengths stand in the metadata in the order of the schema's fields, depth first. Only metadata, validity and
offsets are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.storage.places._flatbuffers import Table
from datatool.storage.places._places import NotInPlaceError, Places, TableSource, joined, only_valid, read_exactly

Pread = Callable[[int, int], bytes]
_MAGIC: Final = b"ARROW1"
_TAIL: Final = 10  # bytes: the length of the footer, and the magic
_CONTINUED: Final = b"\xff\xff\xff\xff"
_SCHEMA, _BATCH = 1, 3  # kinds of messages
_LATEST: Final = 4  # version of the metadata: V5, since 2020; before it unions had another layout
_LITTLE: Final = 0
_CODECS: Final = ("LZ4", "ZSTD")
_INLINE: Final = 12  # bytes: longer values of a view lie in another buffer


class _Shape(NamedTuple):
    """How many entries of a batch's metadata belong to a type."""

    nodes: int
    buffers: int
    views: int  # with a number of further buffers each, which every batch says

    def __add__(self, other: tuple[int, ...]) -> _Shape:  # type: ignore[override]
        return _Shape(*(one + two for one, two in zip(self, other, strict=True)))


class _Column(NamedTuple):
    """A column of binary among the fields of a schema."""

    kind: Any  # Arrow type of the values
    before: _Shape  # all that lies before the values
    around: int | None  # the place of the validity of the struct around the values, before further buffers
    whole: _Shape  # the schema


class _Message(NamedTuple):
    """A message of a stream, or a batch of a file."""

    kind: int
    header: Table
    body: int  # where it begins in the file
    length: int  # of the body
    version: int


def arrow_places(source: TableSource, column: str, /) -> Places:
    """Places of the rows of a column.

    Args:
        source: The file or stream.
        column: Name of one of binary, or of `struct<bytes, path>`.

    Raises:
        NotInPlaceError: If the bytes do not lie in the file as they are.
    """
    pread, size = source.pread, source.size
    found = _find(_schema_of(source), column)
    messages = _of_file(pread, size) if _is_file(pread) else _of_stream(pread, size)
    return joined([_located(pread, message, found) for message in messages])


def _is_file(pread: Pread) -> bool:
    return read_exactly(pread, len(_MAGIC), 0) == _MAGIC


def _schema_of(source: TableSource) -> Any:
    import pyarrow as pa

    try:
        with source.opened() as opened:
            return (pa.ipc.open_file if _is_file(source.pread) else pa.ipc.open_stream)(opened).schema
    except (pa.ArrowException, OSError) as error:
        raise NotInPlaceError(f"damage: {str(error).partition(chr(10))[0][:200]}") from None


def _find(schema: Any, column: str) -> _Column:
    import pyarrow as pa

    shapes = [_shape(field.type) for field in schema]
    at = schema.names.index(column)
    kind, before, around = schema.field(at).type, sum(shapes[:at], _Shape(0, 0, 0)), None
    if pa.types.is_struct(kind):
        around = before.buffers
        fields = [kind.field(number) for number in range(kind.num_fields)]
        inner = [field.name for field in fields].index("bytes")
        before += _Shape(1, 1, 0)
        before = sum((_shape(field.type) for field in fields[:inner]), before)
        kind = fields[inner].type
    if str(kind) not in ("binary", "large_binary", "binary_view"):
        raise NotInPlaceError(f"a column of {kind}")
    return _Column(kind, before, around, sum(shapes, _Shape(0, 0, 0)))


def _shape(kind: Any) -> _Shape:
    """The layouts of https://arrow.apache.org/docs/format/Columnar.html#buffer-listing-for-each-layout."""
    import pyarrow as pa

    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return _shape(kind.storage_type)
    if types.is_map(kind):
        return _Shape(2, 3, 0) + _shape(kind.key_type) + _shape(kind.item_type)
    for is_kind, own in _OWN.items():
        if getattr(types, is_kind)(kind):
            children = [kind.field(number).type for number in range(kind.num_fields)]
            return sum(map(_shape, children), own)
    return _Shape(1, 2, 0)


_OWN: Final = {
    "is_null": _Shape(1, 0, 0),
    "is_dictionary": _Shape(1, 2, 0),
    "is_struct": _Shape(1, 1, 0),
    "is_fixed_size_list": _Shape(1, 1, 0),
    "is_list": _Shape(1, 2, 0),
    "is_large_list": _Shape(1, 2, 0),
    "is_list_view": _Shape(1, 3, 0),
    "is_large_list_view": _Shape(1, 3, 0),
    "is_run_end_encoded": _Shape(1, 0, 0),
    "is_string_view": _Shape(1, 2, 1),
    "is_binary_view": _Shape(1, 2, 1),
    "is_string": _Shape(1, 3, 0),
    "is_binary": _Shape(1, 3, 0),
    "is_large_string": _Shape(1, 3, 0),
    "is_large_binary": _Shape(1, 3, 0),
}  # types without a line here have a validity and one buffer of values, or are told by the sums not to be understood


def _of_stream(pread: Pread, size: int) -> Iterator[_Message]:
    """The batches of a stream; the first of its messages is the schema."""
    at = 0
    while at < size:
        head = read_exactly(pread, min(8, size - at), at)
        prefix = 8 if head.startswith(_CONTINUED) else 4  # four before 2019
        length = int.from_bytes(head[prefix - 4 : prefix], "little", signed=True)
        if length == 0:
            return
        message = _message(pread, size, at + prefix, length)
        if message.kind == _SCHEMA:
            _check_order(message.header)
        if message.kind == _BATCH:
            yield message
        at = message.body + message.length


def _of_file(pread: Pread, size: int) -> Iterator[_Message]:
    """The batches of a file, which its footer lists."""
    tail = read_exactly(pread, _TAIL, size - _TAIL)
    length = int.from_bytes(tail[:4], "little", signed=True)
    footer = Table.root(read_exactly(pread, length, size - _TAIL - length))
    schema = footer.table(1)
    if schema is not None:
        _check_order(schema)
    for offset, metadata, _ in footer.structs(3, "qi4xq"):
        prefix = 8 if read_exactly(pread, 4, offset) == _CONTINUED else 4
        message = _message(pread, size, offset + prefix, metadata - prefix)
        if message.kind != _BATCH:
            raise NotInPlaceError(f"damage at byte {offset:,}")
        yield message


def _message(pread: Pread, size: int, at: int, length: int) -> _Message:
    if at + length > size:
        raise NotInPlaceError(f"damage at byte {at:,}")
    table = Table.root(read_exactly(pread, length, at))
    header, body = table.table(2), table.scalar(3, "q")
    if header is None or body < 0 or at + length + body > size:
        raise NotInPlaceError(f"damage at byte {at:,}")
    return _Message(table.scalar(1, "B"), header, at + length, body, table.scalar(0, "h"))


def _check_order(schema: Table) -> None:
    if schema.scalar(0, "h") != _LITTLE:
        raise NotInPlaceError("numbers with the most significant byte first")


def _located(pread: Pread, message: _Message, column: _Column) -> Places:
    batch = message.header
    compression = batch.table(3)
    if compression is not None:
        codec = compression.scalar(0, "b")
        raise NotInPlaceError(f"bodies compressed with {_CODECS[codec] if 0 <= codec < len(_CODECS) else codec}")
    nodes, buffers = batch.structs(1, "qq"), batch.structs(2, "qq")
    further = [count for (count,) in batch.structs(4, "q")]
    whole = column.whole
    expected = (whole.nodes, whole.buffers + sum(further), whole.views)
    if message.version != _LATEST or (len(nodes), len(buffers), len(further)) != expected:
        raise NotInPlaceError("batches of a layout that is not understood")
    reader = _Buffers(pread, message, buffers)
    first = column.before.buffers + sum(further[: column.before.views])
    rows = nodes[column.before.nodes][0]
    if not 0 <= 4 * rows <= message.length:  # what the offsets alone take
        raise reader.damaged()
    valid = reader.valid(first, rows)
    if column.around is not None:
        valid &= reader.valid(column.around + first - column.before.buffers, rows)
    if str(column.kind) == "binary_view":
        return _of_views(reader, first, rows, valid, further[column.before.views])
    wide = np.dtype("<i8" if str(column.kind) == "large_binary" else "<i4")
    return _of_offsets(reader, first, rows, valid, wide)


class _Buffers:
    """The buffers of one batch, checked against its body."""

    def __init__(self, pread: Pread, message: _Message, buffers: list[tuple[int, ...]]) -> None:
        self._pread = pread
        self._message = message
        self._buffers = buffers

    def place(self, number: int) -> tuple[int, int]:
        """Where a buffer begins in the file, and its length."""
        offset, length = self._buffers[number]
        if offset < 0 or length < 0 or offset + length > self._message.length:
            raise NotInPlaceError(f"damage in the body at byte {self._message.body:,}")
        return self._message.body + offset, length

    def valid(self, number: int, rows: int) -> NDArray[np.bool_]:
        """Which rows are not null."""
        start, length = self.place(number)
        if not length:
            return np.ones(rows, np.bool_)
        bits = np.frombuffer(read_exactly(self._pread, min(length, -(-rows // 8)), start), np.uint8)
        return np.unpackbits(bits, count=rows, bitorder="little").astype(np.bool_)

    def array(self, number: int, kind: np.dtype[Any], count: int) -> NDArray[Any]:
        """The first numbers of a buffer."""
        start, length = self.place(number)
        if length < count * kind.itemsize:
            raise NotInPlaceError(f"damage in the body at byte {self._message.body:,}")
        return np.frombuffer(read_exactly(self._pread, count * kind.itemsize, start), kind)

    def damaged(self) -> NotInPlaceError:
        return NotInPlaceError(f"damage in the body at byte {self._message.body:,}")


def _of_offsets(reader: _Buffers, first: int, rows: int, valid: NDArray[np.bool_], kind: np.dtype[Any]) -> Places:
    if not rows:
        return joined([])
    offsets = reader.array(first + 1, kind, rows + 1).astype(np.int64)
    start, length = reader.place(first + 2)
    lengths = np.diff(offsets)
    if offsets[0] < 0 or offsets[-1] > length or (lengths < 0).any():
        raise reader.damaged()
    return only_valid(start + offsets[:-1], lengths, valid)


def _of_views(reader: _Buffers, first: int, rows: int, valid: NDArray[np.bool_], further: int) -> Places:
    """Views of 16 bytes: a length, then the value itself, or four bytes of it, the buffer and the offset in that."""
    start, _ = reader.place(first + 1)
    views = reader.array(first + 1, np.dtype("<i4"), 4 * rows).reshape(rows, 4).astype(np.int64)
    places = [reader.place(first + 2 + number) for number in range(further)]
    starts, sizes = (np.array([0, *values], np.int64) for values in (zip(*places, strict=True) if places else ([], [])))
    lengths = views[:, 0]
    is_inline = lengths <= _INLINE
    code, offset = np.where(valid & ~is_inline, views[:, 2] + 1, 0), views[:, 3]
    if (valid & ((lengths < 0) | (code < 0) | (code > further))).any():
        raise reader.damaged()
    if (valid & ~is_inline & ((offset < 0) | (offset + lengths > sizes[code]))).any():
        raise reader.damaged()
    inline = start + 16 * np.arange(rows) + 4
    return only_valid(np.where(is_inline, inline, starts[code] + offset), lengths, valid)
