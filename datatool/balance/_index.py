"""`index.arrow`: the rows of a plan sorted by cell, written as they come."""

from __future__ import annotations

import hashlib
import mmap
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from typing_extensions import Buffer  # in collections.abc from Python 3.12 on

from datatool.balance._by_cell import rows_by_cell
from datatool.balance._kept import KeptRows
from datatool.balance._spans import TABLE
from datatool.progress import progress
from datatool.rows import Rows
from datatool.schemas import (
    FINGERPRINT_KEY,
    INDEX_BATCH_ROWS,
    ROWS_DIGEST_KEY,
    Cells,
    arrow_array,
    arrow_texts,
    index_schema,
    numpy_values,
)

if TYPE_CHECKING:
    import pyarrow as pa

_PLACED: Final = (
    "SELECT r.path, r.root, r.file, r.line, s.code, s.first, s.length FROM rows r "  # noqa: S608 - ours
    f"LEFT JOIN {TABLE} s ON s.path = r.path AND s.root = r.root::VARCHAR "
    "WHERE split = ? ORDER BY label, source, file, line"
)


def write_index(
    file: Path,
    cells: Cells,
    rows: Rows,
    /,
    *,
    split: str,
    kept: KeptRows | None,
    root: Callable[[str], str],
    fingerprint: Callable[[str], str],
    containers: Sequence[str] = (),
    shrunk: Sequence[str] = (),
) -> str:
    """Write the rows of a split in the order of ``cells``, and inside a cell in the order of the lists.

    Arrow puts the schema's metadata in front of the rows, and the digests are known behind them: they are written as
    placeholders of their own length and replaced at the end.

    Args:
        file: Where the index is written.
        cells: What the rows are sorted into.
        rows: The data set; with containers it lies in its table.
        split: Which rows.
        kept: The same rows, where they were kept.
        root: How a root is written.
        fingerprint: Digest of all rows -> fingerprint of the plan.
        containers: How the containers of the table ``spans`` are written; without any it is not looked at.
        shrunk: How packs made pictures smaller. It is part of the fingerprint: a run over the first pictures does not
            go on over others.

    Returns:
        The fingerprint.
    """
    import pyarrow as pa

    stream: Iterable[pa.RecordBatch] = (
        rows.read().sql(_PLACED, params=[split]).to_arrow_reader(INDEX_BATCH_ROWS)
        if containers
        else rows_by_cell(rows, cells, split=split, kept=kept)
    )
    placeholder = {FINGERPRINT_KEY: secrets.token_hex(32).encode(), ROWS_DIGEST_KEY: secrets.token_hex(32).encode()}
    digest = hashlib.blake2b("\0".join(shrunk).encode(), digest_size=32)
    fill = _Filler(cells, root, containers)
    schema = fill.schema.with_metadata(placeholder)
    with (
        progress("writing the index", total=int(cells.start[-1]), unit="rows") as advance,
        pa.OSFile(str(file), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
    ):
        for batch in _exact_batches(stream):
            path = _digested_path(batch.column("path"), digest.update)
            writer.write_batch(pa.record_batch(fill(path, batch), schema=schema))
            advance(batch.num_rows)
    assert fill.done == cells.start[-1]
    rows_digest = digest.hexdigest()
    result = fingerprint(rows_digest)
    _stamp(file, {placeholder[FINGERPRINT_KEY]: result, placeholder[ROWS_DIGEST_KEY]: rows_digest})
    return result


class _Filler:
    """Adds what the cells say to what the rows say."""

    def __init__(self, cells: Cells, root: Callable[[str], str], containers: Sequence[str]) -> None:
        self._cells = cells
        self._root = root
        self._sources = sorted(set(cells.source))
        place = {source: number for number, source in enumerate(self._sources)}
        self._source_code = np.array([place[source] for source in cells.source], np.int32)
        self.done = 0
        self._containers = containers
        self.schema = index_schema(has_spans=bool(containers))

    def __call__(self, path: pa.LargeStringArray, batch: pa.RecordBatch) -> list[pa.Array]:
        import pyarrow as pa

        cells, first = self._cells, self.done
        self.done += batch.num_rows
        chosen, rows = cells.of_rows(first, self.done)
        sources = arrow_array(np.repeat(self._source_code[chosen], rows))
        return [
            path,
            _dictionary(batch.column("root"), self._root),
            arrow_array(np.repeat(cells.label[chosen].astype(np.int32), rows)),
            pa.DictionaryArray.from_arrays(sources, arrow_texts(self._sources, as_views=False)),
            arrow_array(np.repeat(cells.weight[chosen].astype(np.float32), rows)),
            _dictionary(batch.column("file"), str),
            batch.column("line"),
            *(_spans(batch, self._containers) if self._containers else ()),
        ]


def _spans(batch: pa.RecordBatch, containers: Sequence[str]) -> list[pa.Array]:
    """Container, offset and length of each row; null, and -1 where a reader by places looks, for a file of its own."""
    import pyarrow as pa

    code, offset, length = (
        _with_nulls(batch.column(name), kind)
        for name, kind in (("code", np.int32), ("first", np.int64), ("length", np.int64))
    )
    return [pa.DictionaryArray.from_arrays(code, arrow_texts(containers, as_views=False)), offset, length]


def _with_nulls(column: pa.Array, kind: type[np.integer[Any]]) -> pa.Array:
    """A column whose nulls hold -1 underneath."""
    import pyarrow as pa

    filled = column.fill_null(-1)
    values = pa.py_buffer(filled.to_numpy(zero_copy_only=False).astype(kind))
    valid = None if not column.null_count else pa.array(column.is_valid()).buffers()[1]
    return pa.Array.from_buffers(column.type, len(column), [valid, values], column.null_count)


def _dictionary(column: pa.DictionaryArray, write: Callable[[str], str]) -> pa.DictionaryArray:
    """DuckDB gives an enumeration in every batch with all its values, so the dictionary never changes."""
    import pyarrow as pa

    values = [write(value) for value in column.dictionary.to_pylist()]
    indices = arrow_array(numpy_values(column.indices).astype(np.int32))
    return pa.DictionaryArray.from_arrays(indices, arrow_texts(values, as_views=False))


def _exact_batches(stream: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly INDEX_BATCH_ROWS, but for the last."""
    import pyarrow as pa

    pending: list[pa.RecordBatch] = []
    missing = INDEX_BATCH_ROWS
    for batch in stream:
        while batch.num_rows >= missing:
            yield pa.Table.from_batches([*pending, batch.slice(0, missing)]).combine_chunks().to_batches()[0]
            batch = batch.slice(missing)
            pending, missing = [], INDEX_BATCH_ROWS
        if batch.num_rows:
            pending.append(batch)
            missing -= batch.num_rows
    if pending:
        yield pa.Table.from_batches(pending).combine_chunks().to_batches()[0]


def _digested_path(column: pa.Array, update: Callable[[Buffer], None]) -> pa.LargeStringArray:
    """The paths as large strings; their lengths and bytes go into the digest."""
    import pyarrow as pa

    _, offsets, text = column.buffers()
    held = text if text is not None else pa.py_buffer(b"")
    edges = np.frombuffer(offsets, np.int32, column.offset + len(column) + 1)[column.offset :].astype(np.int64)
    update(np.diff(edges).tobytes())
    update(memoryview(held)[edges[0] : edges[-1]])
    text_only = held.slice(0, int(edges[-1]))  # without what the column was padded with
    return pa.Array.from_buffers(pa.large_string(), len(column), [None, pa.py_buffer(edges), text_only])


def _stamp(file: Path, values: dict[bytes, str]) -> None:
    """Replace each placeholder in the header and in the footer."""
    with file.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as content:
        for placeholder, value in values.items():
            for place in (content.find(placeholder), content.rfind(placeholder)):
                content[place : place + len(placeholder)] = value.encode()
        content.flush()
