"""Rows sorted by cell in little memory: runs of cells are put together of pieces that were sorted as they came."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.balance.by_cell._kept import KeptRows
from datatool.balance.by_cell._pieces import PLACES, Piece, Pieces, in_order, text_places
from datatool.rows import Rows
from datatool.schemas import (
    INDEX_BATCH_ROWS,
    Cells,
    DatasetError,
    arrow_array,
    arrow_texts,
)

if TYPE_CHECKING:
    import pyarrow as pa

I64 = NDArray[np.int64]

_RUN: Final = 1 << 18  # rows sorted at once, about: they stay in cache; a larger cell is a run of its own, unsorted
_MOST_RUNS: Final = 256  # about: of so many parts each piece is read in
_DENSE: Final = 1 << 23  # cells are looked up in an array up to this key, 32 MiB; beyond, by bisection


def rows_by_cell(rows: Rows, cells: Cells, /, *, split: str, kept: KeptRows | None = None) -> Iterator[pa.RecordBatch]:
    """Path, root, file and line of the rows of a split: cell by cell, and in a cell by file and line.

    Args:
        rows: The data set.
        cells: With as many rows as there are, in the order of class and source.
        split: Which rows.
        kept: The same rows, where they were kept when they were counted; else there is another pass.

    Raises:
        DatasetError: If other rows come than were counted.
    """
    kept = kept or _kept(rows, split)
    with contextlib.closing(kept.pieces) as pieces:
        pieces.flush()
        yield from _Runs(rows, cells, pieces).sorted()


def _kept(rows: Rows, split: str) -> KeptRows:
    """The rows of a split, in another pass."""
    kept = KeptRows(rows, split=split)
    for batches in rows.batches(("label", "source", "split", "line", *kept.columns), size=INDEX_BATCH_ROWS):
        for batch in batches:
            kept.add(batch)
    return kept


class _Part(NamedTuple):
    """Rows of a piece that are of one run."""

    piece: Piece
    first: int
    num_rows: int
    text: int
    num_bytes: int


class _Parts(NamedTuple):
    """Where the runs begin in a piece, and the last one ends: in rows and in bytes of paths, int64 (runs + 1,)."""

    piece: Piece
    rows: I64
    texts: I64

    def of_run(self, number: int) -> _Part:
        (first, stop), (text, text_stop) = (edges[number : number + 2].tolist() for edges in self[1:])
        return _Part(self.piece, first, stop - first, text, text_stop - text)


class _Runs:
    """Runs of cells, each with its part of every piece."""

    def __init__(self, rows: Rows, cells: Cells, pieces: Pieces) -> None:
        sources = rows.values("source")
        self._texts = [arrow_texts(rows.values(name), as_views=False) for name in PLACES]
        self._pieces = pieces
        self._num_sources = len(sources)
        code = {source: number for number, source in enumerate(sources)}
        self._cell_of = _Lookup(cells.label * len(code) + np.array([code[source] for source in cells.source]))
        run = _runs(cells.num_rows)
        self._edges = np.searchsorted(run, np.arange(int(run[-1]) + 2))  # the first cell of each run
        self._parts = self._found(cells.num_rows)

    def _found(self, num_rows: I64) -> list[_Parts]:
        """The parts of each piece; all rows must have come."""
        seen = np.zeros(len(num_rows), np.int64)
        parts = []
        for piece in self._pieces:
            records = self._pieces.records(piece, 0, piece.num_rows)
            cell = self._cells(records)
            seen += np.bincount(cell, minlength=len(seen))
            rows = np.searchsorted(cell, self._edges)
            parts.append(_Parts(piece, rows, np.concatenate([[0], np.cumsum(records["length"], dtype=np.int64)])[rows]))
        if not np.array_equal(seen, num_rows):
            raise _changed()
        return parts

    def _cells(self, records: NDArray[np.void]) -> NDArray[Any]:
        return self._cell_of(records["label"].astype(np.int64) * self._num_sources + records["source"])

    def sorted(self) -> Iterator[pa.RecordBatch]:
        """All rows in their order."""
        for number, cells in enumerate(np.diff(self._edges).tolist()):
            parts = [part for each in self._parts if (part := each.of_run(number)).num_rows]
            if self._pieces.in_order and (cells == 1 or len(parts) == 1):
                for part in parts:
                    path, _, columns = self._read([part])
                    yield self._named(path, columns)
            else:
                yield self._named(*self._sort(*self._read(parts)))

    def _read(self, parts: list[_Part]) -> tuple[pa.Array, NDArray[np.int32], dict[str, NDArray[Any]]]:
        """Paths of parts of pieces, one behind the other, with their cells, and places and lines."""
        num_rows = sum(part.num_rows for part in parts)
        cell, edges = np.empty(num_rows, np.int32), np.zeros(num_rows + 1, np.int64)
        columns = {name: np.empty(num_rows, np.int32) for name in self._pieces.places} | {"line": edges[1:].copy()}
        held = np.empty(sum(part.num_bytes for part in parts), np.uint8)
        at = text_at = 0
        for part in parts:
            records = self._pieces.records(part.piece, part.first, part.num_rows)
            rows = slice(at, at + part.num_rows)
            cell[rows] = self._cells(records)
            edges[1:][rows] = records["length"]
            for name, column in columns.items():
                column[rows] = records[name]
            self._pieces.texts(part.piece, part.text, held[text_at : text_at + part.num_bytes])
            at, text_at = rows.stop, text_at + part.num_bytes
        return _large_strings(np.cumsum(edges, out=edges), held), cell, columns

    def _sort(
        self, path: pa.Array, cell: NDArray[np.int32], columns: dict[str, NDArray[Any]]
    ) -> tuple[pa.Array, dict[str, NDArray[Any]]]:
        small = cell - cell.min()
        if small.max() < 1 << 16:
            small = small.astype(np.uint16)  # sorted by radix
        keys = [small] if self._pieces.in_order else [columns["line"], columns.get("file", small), small]
        order = np.lexsort(keys)
        texts = in_order(path, order)
        ordered = {name: column[order] for name, column in columns.items()}
        return texts if texts.type == path.type else _large_strings(*text_places(texts)), ordered

    def _named(self, path: pa.Array, columns: dict[str, NDArray[Any]]) -> pa.RecordBatch:
        """Roots and files as texts, each in a dictionary of all."""
        import pyarrow as pa

        nothing = np.zeros(len(path), np.int32)
        codes = [columns.get(name, nothing).astype(np.int32, copy=False) for name in PLACES]
        named = [
            pa.DictionaryArray.from_arrays(arrow_array(code), texts)
            for code, texts in zip(codes, self._texts, strict=True)
        ]
        return pa.RecordBatch.from_arrays([path, *named, arrow_array(columns["line"])], names=["path", *PLACES, "line"])


def _large_strings(edges: NDArray[Any], held: NDArray[np.uint8]) -> pa.Array:
    import pyarrow as pa

    buffers = [None, pa.py_buffer(edges.astype(np.int64, copy=False)), pa.py_buffer(held)]
    return pa.Array.from_buffers(pa.large_string(), len(edges) - 1, buffers)


class _Lookup:
    """Keys to their places among sorted ones."""

    def __init__(self, keys: I64) -> None:
        self._keys = keys
        self._dense: NDArray[np.int32] | None = None
        if keys[-1] < _DENSE:
            self._dense = np.full(int(keys[-1]) + 1, -1, np.int32)
            self._dense[keys] = np.arange(len(keys))

    def __call__(self, wanted: I64) -> NDArray[Any]:
        """Places of keys, all of which must be there."""
        if len(wanted) and wanted.max() > self._keys[-1]:
            raise _changed()
        if self._dense is not None:
            dense = self._dense[wanted]
            if (dense < 0).any():
                raise _changed()
            return dense
        place = np.searchsorted(self._keys, wanted)
        if (self._keys[place] != wanted).any():
            raise _changed()
        return place


def _runs(num_rows: I64) -> NDArray[np.uint16]:
    """The run of each cell, from 0 up: cells that begin in the same stretch of rows, large ones apart."""
    size = max(_RUN, -(-int(num_rows.sum()) // _MOST_RUNS))
    large = num_rows > size
    before = np.cumsum(large) + np.concatenate([[0], np.cumsum(large)[:-1]])
    stretch = (np.cumsum(num_rows) - num_rows) // size + before
    return np.cumsum(np.diff(stretch, prepend=stretch[0]) > 0).astype(np.uint16)


def _changed() -> DatasetError:
    return DatasetError(
        "a list must stay as it is while a plan is made of it; got other rows than were counted",
        hint="run it again when nothing writes to the list",
    )
