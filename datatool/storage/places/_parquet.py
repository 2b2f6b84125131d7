"""Pages of Parquet: where the values of a column of binary lie in plain, uncompressed ones.

https://parquet.apache.org/docs/file-format/data-pages/: a page is a header, levels, and values; plain values of
binary are four bytes of length and the bytes. Only headers, levels and lengths are read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.storage.places._levels import present
from datatool.storage.places._places import NOWHERE, NotInPlaceError, Places, TableSource, joined, read_exactly
from datatool.storage.places._thrift import EndError, read_struct

Pread = Callable[[int, int], bytes]
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3  # kinds of pages
_PLAIN, _RLE = 0, 3
_ENCODINGS: Final = {
    2: "PLAIN_DICTIONARY", 4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY",
    7: "DELTA_BYTE_ARRAY", 8: "RLE_DICTIONARY",
}  # fmt: skip
_UNCOMPRESSED: Final = "UNCOMPRESSED"
_HEADER: Final = 1 << 10  # bytes read of a header at first; one with statistics may hold two images
_LONGEST_HEADER: Final = 1 << 28
_LENGTH: Final = struct.Struct("<I")
_NEAR: Final = 8 << 10  # bytes: where values are larger, lengths are read one by one, else with all between
_WINDOW: Final = 64 << 10


class _Chunk(NamedTuple):
    """The pages of a column in a row group."""

    start: int
    end: int
    rows: int
    codec: str
    highest: int  # definition level


class _Page(NamedTuple):
    """A page: where its body lies, and its header."""

    kind: int
    body: int
    end: int
    header: dict[int, Any]


def parquet_places(source: TableSource, column: str, /) -> Places:
    """Places of the rows of a column.

    Args:
        source: The file.
        column: Name of one of binary, or of `struct<bytes, path>`.

    Raises:
        NotInPlaceError: If the bytes do not lie in the file as they are.
    """
    return joined([_located(source.pread, source.size, chunk) for chunk in _chunks(source, column)])


def _chunks(source: TableSource, column: str) -> list[_Chunk]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with source.opened() as opened, pq.ParquetFile(opened) as file:
            schema, metadata, leaves = file.schema_arrow, file.metadata, file.schema
    except (pa.ArrowException, OSError) as error:
        raise NotInPlaceError(f"damage: {str(error).partition(chr(10))[0][:200]}") from None
    leaf = _leaf(schema, column)
    described = leaves.column(leaf)
    if described.physical_type != "BYTE_ARRAY" or described.max_repetition_level:
        raise NotInPlaceError(f"a column of {described.physical_type} at level {described.max_repetition_level}")
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return [_chunk(group.column(leaf), group.num_rows, described.max_definition_level) for group in groups]


def _chunk(found: Any, rows: int, highest: int) -> _Chunk:
    if found.file_path:
        raise NotInPlaceError(f"pages in another file, {found.file_path}")
    start, dictionary = found.data_page_offset, found.dictionary_page_offset
    if dictionary is not None and 0 < dictionary < start:
        start = dictionary
    return _Chunk(start, start + found.total_compressed_size, rows, found.compression, highest)


def _leaf(schema: Any, column: str) -> int:
    """The place of the bytes of a column among all leaves."""
    import pyarrow as pa

    at = schema.names.index(column)
    leaf = sum(_num_leaves(field.type) for field in list(schema)[:at])
    kind = schema.field(at).type
    if not pa.types.is_struct(kind):
        return leaf
    fields = [kind.field(number) for number in range(kind.num_fields)]
    inner = [field.name for field in fields].index("bytes")
    return leaf + sum(_num_leaves(field.type) for field in fields[:inner])


def _num_leaves(kind: Any) -> int:
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _num_leaves(kind.storage_type)
    if pa.types.is_map(kind):
        return _num_leaves(kind.key_type) + _num_leaves(kind.item_type)
    if pa.types.is_dictionary(kind) or not kind.num_fields:
        return 1
    return sum(_num_leaves(kind.field(number).type) for number in range(kind.num_fields))


def _located(pread: Pread, size: int, chunk: _Chunk) -> Places:
    """Places of the rows of a chunk, page by page."""
    if not 0 <= chunk.start <= chunk.end <= size:
        raise NotInPlaceError(f"damage: pages at byte {chunk.start:,}")
    found: list[Places] = []
    at = chunk.start
    while at < chunk.end:
        page = _page(pread, chunk, at)
        if page.kind in (_DATA, _DATA_2):
            found.append((_of_page if page.kind == _DATA else _of_page_2)(pread, chunk, page))
        at = page.end
    places = joined(found)
    if len(places.offset) != chunk.rows:
        raise NotInPlaceError(f"damage: {len(places.offset):,} values for {chunk.rows:,} rows at byte {chunk.start:,}")
    return places


def _page(pread: Pread, chunk: _Chunk, at: int) -> _Page:
    read = _HEADER
    while True:
        try:
            header, length = read_struct(read_exactly(pread, min(read, chunk.end - at), at))
            break
        except EndError:
            if read >= min(chunk.end - at, _LONGEST_HEADER):
                raise _damaged(at) from None
            read *= 8
    kind, body = header.get(1), header.get(3)
    if not isinstance(kind, int) or not isinstance(body, int) or not 0 <= body <= chunk.end - at - length:
        raise _damaged(at)
    return _Page(kind, at + length, at + length + body, header)


def _of_page(pread: Pread, chunk: _Chunk, page: _Page) -> Places:
    """A page of version 1: all of it is compressed where the chunk is, and levels have their length before them."""
    _check_codec(chunk)
    num_values, encoding, levels = _numbers(page, chunk, 5, 1, 2, 3)
    _check_encoding(encoding, _PLAIN)
    if not chunk.highest:
        return _values(pread, page.body, page.end, np.ones(num_values, np.bool_))
    _check_encoding(levels, _RLE)
    [length] = _LENGTH.unpack(read_exactly(pread, _LENGTH.size, page.body))
    start = page.body + _LENGTH.size
    if start + length > page.end:
        raise _damaged(page.body)
    valid = present(read_exactly(pread, length, start), num_values, chunk.highest)
    return _values(pread, start + length, page.end, valid)


def _of_page_2(pread: Pread, chunk: _Chunk, page: _Page) -> Places:
    """A page of version 2: levels are never compressed, values where the page says so."""
    num_values, encoding, length, repeated = _numbers(page, chunk, 8, 1, 4, 5, 6)
    if page.header[8].get(7, True):
        _check_codec(chunk)
    _check_encoding(encoding, _PLAIN)
    start = page.body + repeated
    if repeated or start + length > page.end:
        raise _damaged(page.body)
    valid = np.ones(num_values, np.bool_)
    if chunk.highest:
        valid = present(read_exactly(pread, length, start), num_values, chunk.highest)
    return _values(pread, start + length, page.end, valid)


def _numbers(page: _Page, chunk: _Chunk, header: int, *fields: int) -> list[int]:
    """Numbers of a header that must be there and cannot be negative; the first is that of values."""
    own = page.header.get(header)
    found = [number for field in fields if isinstance(number := own.get(field), int)] if isinstance(own, dict) else []
    if len(found) < len(fields) or min(found) < 0 or found[0] > chunk.rows:
        raise _damaged(page.body)
    return found


def _check_codec(chunk: _Chunk) -> None:
    if chunk.codec != _UNCOMPRESSED:
        raise NotInPlaceError(f"pages compressed with {chunk.codec}")


def _check_encoding(encoding: int, expected: int) -> None:
    if encoding != expected:
        raise NotInPlaceError(f"pages encoded as {_ENCODINGS.get(encoding, encoding)}")


def _values(pread: Pread, start: int, end: int, valid: NDArray[np.bool_]) -> Places:
    """Plain values from one place to another, one for each row that is valid."""
    count = int(valid.sum())
    if 4 * count > end - start:
        raise _damaged(start)
    window = _WINDOW if end - start < _NEAR * count else _LENGTH.size
    starts, lengths = [], []
    at, first, seen = start, start, b""
    for _ in range(count):
        if at + _LENGTH.size > first + len(seen):
            first, seen = at, read_exactly(pread, min(window, end - at), at)
            if len(seen) < _LENGTH.size:
                raise _damaged(at)
        [length] = _LENGTH.unpack_from(seen, at - first)
        starts.append(at + _LENGTH.size)
        lengths.append(length)
        at += _LENGTH.size + length
        if at > end:
            raise _damaged(start)
    if at != end:
        raise _damaged(at)
    places = Places(np.full(len(valid), NOWHERE, np.int64), np.zeros(len(valid), np.int64))
    places.offset[valid], places.length[valid] = starts, lengths
    return places


def _damaged(at: int) -> NotInPlaceError:
    return NotInPlaceError(f"a damaged page at byte {at:,}")
