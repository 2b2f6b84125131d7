"""Rows in pieces, each sorted by class and source as it comes, in one file of which any run of cells can be read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import arrow_array, arrow_texts, numpy_values

if TYPE_CHECKING:
    import pyarrow as pa

I64 = NDArray[np.int64]

PLACES: Final = ("root", "file")  # codes that say nothing where there is one part
_FEW: Final = 1 << 15  # rows that Python puts in order before pyarrow's functions, 50 ms, are imported
_PIECE: Final = 1 << 18  # rows sorted at once: as many as stay in cache
_BITS: Final = 16  # numpy sorts numbers of so many bits by radix, five times as fast as larger ones


class Piece(NamedTuple):
    """Some rows, sorted by class and source.

    Attributes:
        num_rows: Rows.
        kind: Of their records: label, source, places, line and the length of the path, in the bytes they need.
        records: Where the records begin in the file.
        texts: Where the paths begin, one behind the other.
    """

    num_rows: int
    kind: np.dtype[np.void]
    records: int
    texts: int


class Pieces:
    """Rows are added, then read.

    Args:
        file: Written anew.
        places: Those of `PLACES` that rows differ in.

    Attributes:
        in_order: Whether rows came by file and line: a reader gives lines that it had to look at behind the others.
    """

    def __init__(self, file: Path, /, *, places: Sequence[str]) -> None:
        self.in_order = True
        self.places = tuple(places)
        self._last = (0, 0)
        self._pending: list[pa.RecordBatch] = []
        self._found: list[Piece] = []
        self._file = file
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._end = 0

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._found)

    def close(self) -> None:
        """Remove the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._file.unlink()
            self._handle = -1

    def add(self, batch: pa.RecordBatch, /) -> None:
        """Take a batch with path, label, source (as a code), places and line."""
        self._pending.append(batch.select(["path", "label", "source", *self.places, "line"]))
        if sum(one.num_rows for one in self._pending) >= _PIECE:
            self.flush()

    def flush(self) -> None:
        """Sort and write what was taken; rows can be read that were written."""
        import pyarrow as pa

        for batch in pa.Table.from_batches(self._pending).combine_chunks().to_batches() if self._pending else ():
            self._sort(batch)
        self._pending.clear()

    def _sort(self, batch: pa.RecordBatch) -> None:
        columns = {name: numpy_values(batch.column(name)) for name in batch.schema.names if name != "path"}
        self._follow(columns)
        order = _order(columns["source"], columns["label"])
        columns = {name: _small(column)[order] for name, column in columns.items()}
        edges, texts = text_places(in_order(batch.column("path"), order))
        columns["length"] = _small(np.diff(edges))
        kind = np.dtype([(name, column.dtype) for name, column in columns.items()])
        records = np.empty(batch.num_rows, kind)
        for name, column in columns.items():
            records[name] = column
        self._found.append(Piece(batch.num_rows, kind, self._end, self._end + records.nbytes))
        self._write(records)
        self._write(texts[edges[0] : edges[-1]])

    def records(self, piece: Piece, first: int, num_rows: int, /) -> NDArray[np.void]:
        """Those of some rows from ``first`` on."""
        records = np.empty(num_rows, piece.kind)
        self._read(records, piece.records + first * piece.kind.itemsize)
        return records

    def texts(self, piece: Piece, first: int, into: NDArray[np.uint8], /) -> None:
        """Read bytes of paths from ``first`` on."""
        self._read(into, piece.texts + first)

    def _follow(self, columns: dict[str, NDArray[Any]]) -> None:
        if not self.in_order:
            return
        line = columns["line"]
        file = columns["file"] if "file" in columns else np.zeros(len(line), np.int32)
        ascending = (file[1:] > file[:-1]) | ((file[1:] == file[:-1]) & (line[1:] > line[:-1]))
        self.in_order = (int(file[0]), int(line[0])) > self._last and bool(ascending.all())
        self._last = (int(file[-1]), int(line[-1]))

    def _write(self, values: NDArray[Any]) -> None:
        rest = values.view(np.uint8).data
        while rest:
            written = os.write(self._handle, rest)
            self._end += written
            rest = rest[written:]

    def _read(self, into: NDArray[Any], offset: int) -> None:
        rest = into.view(np.uint8).data
        while rest:
            read = os.preadv(self._handle, [rest], offset)
            if not read:
                raise OSError("a file of rows that were kept is cut")
            offset += read
            rest = rest[read:]


def in_order(texts: pa.Array, order: I64, /) -> pa.Array:
    """The same texts in another order."""
    if len(order) <= _FEW:
        held = texts.to_pylist()
        return arrow_texts([held[at] for at in order.tolist()], as_views=False)
    if str(texts.type) == "string_view":
        return views_at(texts, order).cast("string")
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at import; no stub names them
    return pc.take(texts, arrow_array(order), boundscheck=False)


def views_at(texts: pa.Array, order: I64, /) -> pa.Array:
    """Some of the views of a column, in an order, which pyarrow's functions do not take out of one."""
    import pyarrow as pa

    _, held, *data = texts.buffers()
    views = np.frombuffer(held, np.complex128, texts.offset + len(texts))[texts.offset :][order]  # numbers of 16 bytes
    buffers = [None, pa.py_buffer(views), *data]
    return pa.Array.from_buffers(pa.string_view(), len(order), buffers)


def text_places(texts: pa.Array, /) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Where each text of a column of strings or large strings begins and the last ends, (N + 1,), and their bytes."""
    _, offsets, held = texts.buffers()
    kind = np.int64 if str(texts.type) == "large_string" else np.int32
    edges = np.frombuffer(offsets, kind, texts.offset + len(texts) + 1)[texts.offset :]
    return edges, np.frombuffer(held if held is not None else b"", np.uint8)


def _small(column: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, which are not negative, in no more bytes than they need."""
    return column.astype(np.min_scalar_type(int(column.max())))


def _order(source: NDArray[Any], label: NDArray[Any]) -> I64:
    """Rows by label and source, else as they are."""
    digits = [
        (key >> shift if shift else key).astype(np.uint16)
        for key in (source, label)
        for shift in range(0, 64, _BITS)
        if int(key.max()) >> shift
    ]
    return np.lexsort(digits or [np.zeros(len(label), np.uint16)])
