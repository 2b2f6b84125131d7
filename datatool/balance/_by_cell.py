"""Rows sorted by cell in little memory: dealt out to runs of cells as they come, on disk, and sorted run by run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.balance._kept import PLACES, KeptRows, place_columns
from datatool.rows import Rows
from datatool.schemas import (
    INDEX_BATCH_ROWS,
    Cells,
    DatasetError,
    arrow_array,
    arrow_texts,
    numpy_values,
    scratch_folder,
)

if TYPE_CHECKING:
    import pyarrow as pa

I64 = NDArray[np.int64]

_RUN: Final = 1 << 18  # rows sorted at once, about: they stay in cache; a larger cell is a run of its own, unsorted
_MOST_RUNS: Final = 256  # files open at a time
_DEALT: Final = 1 << 18  # rows dealt out at once: a batch for each file costs 20 us, however few rows it has
_FEW: Final = 1 << 15  # rows that Python puts in order before pyarrow's functions, 50 ms, are imported
_DENSE: Final = 1 << 23  # cells are looked up in an array up to this key, 32 MiB; beyond, by bisection
_ROWS: Final = (
    "SELECT path, label * {sources} + enum_code(source) AS cell{places}, line FROM $rows WHERE split = '{split}'"
)


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
    with scratch_folder() as folder, contextlib.closing(_Runs(rows, cells, folder)) as runs:
        sources = len(runs.sources)
        for batch in _joined(_scanned(rows, sources, split) if kept is None else kept.batches(sources)):
            runs.add(batch)
        runs.end()
        yield from runs.sorted()


def _scanned(rows: Rows, sources: int, split: str) -> Iterator[pa.RecordBatch]:
    sql = _ROWS.format(sources=sources, places=place_columns(rows), split=split.replace("'", "''"))
    for relation in rows.scan(sql):
        yield from relation.to_arrow_reader(2 * INDEX_BATCH_ROWS)


def _joined(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches large enough to be worth dealing out to many files."""
    import pyarrow as pa

    pending: list[pa.RecordBatch] = []
    for batch in batches:
        pending.append(batch)
        if sum(one.num_rows for one in pending) >= _DEALT:
            yield from pa.Table.from_batches(pending).combine_chunks().to_batches()
            pending = []
    if pending:
        yield from pa.Table.from_batches(pending).combine_chunks().to_batches()


class _Runs:
    """Files of rows, each of the cells of one run, in the order in which rows come."""

    def __init__(self, rows: Rows, cells: Cells, folder: Path) -> None:
        import pyarrow as pa

        self.sources = _values(rows, "source")
        self._roots, self._files = (arrow_texts(_values(rows, name), as_views=False) for name in ("root", "file"))
        self._num_rows = cells.num_rows
        self._few = int(cells.num_rows.sum()) <= _FEW
        code = {source: number for number, source in enumerate(self.sources)}
        self._cell_of = _Lookup(cells.label * len(code) + np.array([code[source] for source in cells.source]))
        self._run = _runs(cells.num_rows)
        self._seen = np.zeros(len(cells.num_rows), np.int64)
        self._last = (0, 0)
        self._in_order = True
        number = pa.int32()
        self._places = PLACES if place_columns(rows) else ()
        self._schema = pa.schema(
            [("path", pa.string()), ("cell", number), *((name, number) for name in self._places), ("line", pa.int64())]
        )
        self._paths = [folder / f"run-{run}" for run in range(int(self._run[-1]) + 1)]
        self._writers = [pa.ipc.new_stream(str(path), self._schema) for path in self._paths]

    def add(self, batch: pa.RecordBatch, /) -> None:
        """Deal the rows of a batch out."""
        import pyarrow as pa

        cell = self._cell_of(numpy_values(batch.column("cell")))
        self._seen += np.bincount(cell, minlength=len(self._seen))
        self._follow(batch)
        columns = [batch.column("path"), arrow_array(cell.astype(np.int32, copy=False)), *batch.columns[2:]]
        rows = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        if len(self._writers) == 1:
            self._writers[0].write_batch(rows)
            return
        run = self._run[cell]
        rows = self._taken(rows, np.argsort(run, kind="stable"))
        edges = np.cumsum(np.bincount(run, minlength=len(self._writers)))
        for number, (start, stop) in enumerate(zip([0, *edges.tolist()], edges.tolist(), strict=False)):
            if start < stop:
                self._writers[number].write_batch(rows.slice(start, stop - start))

    def _follow(self, batch: pa.RecordBatch) -> None:
        """Whether rows still come by file and line: a reader gives lines that it had to look at behind the others."""
        if not batch.num_rows or not self._in_order:
            return
        line = numpy_values(batch.column("line"))
        file = _codes(batch, "file")
        ascending = (file[1:] > file[:-1]) | ((file[1:] == file[:-1]) & (line[1:] > line[:-1]))
        self._in_order = (int(file[0]), int(line[0])) > self._last and bool(ascending.all())
        self._last = (int(file[-1]), int(line[-1]))

    def end(self) -> None:
        """Check that all rows have come."""
        self.close()
        if not np.array_equal(self._seen, self._num_rows):
            raise _changed()

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers:
            writer.close()

    def sorted(self) -> Iterator[pa.RecordBatch]:
        """All rows in their order."""
        import pyarrow as pa

        for number, path in enumerate(self._paths):
            first, stop = np.searchsorted(self._run, [number, number + 1]).tolist()
            with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
                if self._in_order and stop - first == 1:
                    yield from map(self._named, stream)
                else:
                    yield self._named(self._sort(stream.read_all(), first, stop))
            path.unlink()

    def _sort(self, rows: pa.Table, first: int, stop: int) -> pa.RecordBatch:
        rows = rows.combine_chunks()
        [whole] = rows.to_batches()
        cell = numpy_values(whole.column("cell")) - first
        small = cell.astype(np.uint16 if stop - first <= 1 << 16 else np.int32)  # 16 bits: a radix sort
        if self._in_order:
            return self._taken(whole, np.argsort(small, kind="stable"))
        return self._taken(whole, np.lexsort((numpy_values(whole.column("line")), _codes(whole, "file"), small)))

    def _taken(self, rows: pa.RecordBatch, order: I64) -> pa.RecordBatch:
        """The same rows in another order."""
        import pyarrow as pa

        if self._few:
            texts = rows.column("path").to_pylist()
            path = arrow_texts([texts[at] for at in order.tolist()], as_views=False)
            columns = [path, *(arrow_array(numpy_values(column)[order]) for column in rows.columns[1:])]
        else:
            import pyarrow.compute

            pc: Any = pyarrow.compute  # makes its functions at import; no stub names them
            columns = [pc.take(column, arrow_array(order), boundscheck=False) for column in rows.columns]
        return pa.RecordBatch.from_arrays(columns, schema=rows.schema)

    def _named(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Roots and files as texts, each in a dictionary of all."""
        import pyarrow as pa

        named = [
            pa.DictionaryArray.from_arrays(arrow_array(_codes(batch, name)), texts)
            for name, texts in zip(PLACES, (self._roots, self._files), strict=True)
        ]
        columns = [batch.column("path"), *named, batch.column("line")]
        return pa.RecordBatch.from_arrays(columns, names=["path", *PLACES, "line"])


def _codes(rows: pa.RecordBatch, name: str) -> NDArray[np.int32]:
    """Codes of root or file, all 0 where there is one."""
    codes: NDArray[np.int32] = (
        numpy_values(rows.column(name)) if name in rows.schema.names else np.zeros(rows.num_rows, np.int32)
    )
    return codes


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


def _values(rows: Rows, name: str) -> list[str]:
    """The values of an enumeration, in its order."""
    [(values,)] = rows.remarks.execute(f"SELECT enum_range(NULL::{name}_enum)").fetchall()
    return list(values)


def _changed() -> DatasetError:
    return DatasetError(
        "a list must stay as it is while a plan is made of it; got other rows than were counted",
        hint="run it again when nothing writes to the list",
    )
