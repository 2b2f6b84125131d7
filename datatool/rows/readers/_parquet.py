"""Parquet with the columns path and label, and perhaps source; a row's line is its number in the file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from datatool.rows._grammar import Fault, read_label
from datatool.rows._remarks import Remarks, batch_schema, rows_batch
from datatool.rows.readers._base import NOT_UTF8, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.schemas import MAX_LABEL, DatasetError, Part

_BATCH: Final = 100_000
_MAGIC: Final = b"PAR1"


def _open(part: Part, path: Path, _: ReadOptions) -> OpenedPart:
    names = _file(path, part).schema_arrow.names
    missing = [name for name in ("path", "label") if name not in names]
    if missing:
        raise DatasetError(f"Parquet must have the columns path and label; got {', '.join(names)}", file=part.path)
    has_source = "source" in names

    def batches(remarks: Remarks) -> Iterator[Any]:
        columns = ["path", "label", "source"] if has_source else ["path", "label"]
        first = 1
        for batch in _file(path, part).iter_batches(_BATCH, columns=columns):
            yield from _convert(batch, first, has_source, remarks)
            first += batch.num_rows

    return OpenedPart(part=part, batches=batches, has_source=has_source)


def _file(path: Path, part: Part) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DatasetError(f"Parquet file must be readable; got '{error}'", file=part.path) from None


def _convert(batch: Any, first: int, has_source: bool, remarks: Remarks) -> Iterator[Any]:
    """Integer labels pass as a whole; everything else goes row by row through the grammar."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at import; no stub names them
    batch, lines = _decoded(batch, np.arange(first, first + batch.num_rows, dtype=np.int64), remarks)
    good = np.zeros(batch.num_rows, np.bool_)
    labels = np.zeros(batch.num_rows, np.int64)
    kind = batch.schema.field("label").type
    if pa.types.is_integer(kind) and kind != pa.uint64():
        column = batch.column("label").cast(pa.int64())
        labels = pc.fill_null(column, -1).to_numpy(zero_copy_only=False)
        good = (labels >= 0) & (labels <= MAX_LABEL)
    paths = batch.column("path").cast(pa.string())
    remarks.outside = True  # the text is looked at later
    good &= pc.greater(pc.fill_null(pc.binary_length(paths), 0), 0).to_numpy(zero_copy_only=False)
    keep = pa.array(good)
    columns = [paths.filter(keep).cast(pa.string_view()), pa.array(labels[good]), pa.array(lines[good])]
    if has_source:
        columns.append(batch.column("source").cast(pa.string()).filter(keep))
    yield pa.RecordBatch.from_arrays(columns, schema=batch_schema(has_source=has_source))
    odd = batch.filter(pa.array(~good)).to_pylist()
    rows = [
        row
        for line, record in zip(lines[~good].tolist(), odd, strict=True)
        if (row := _row(record, line, has_source, remarks)) is not None
    ]
    if rows:
        yield rows_batch(rows, has_source=has_source)


def _decoded(batch: Any, lines: Any, remarks: Remarks) -> tuple[Any, Any]:
    """Text and bytes as UTF-8, which Parquet promises and nothing checks; rows that are not become faults."""
    import numpy as np
    import pyarrow as pa

    broken = np.zeros(batch.num_rows, np.bool_)
    columns = []
    for column in batch.columns:
        kind = getattr(column.type, "value_type", column.type)
        text = str(kind) in ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
        decoded, bad = _texts(column) if text else (column, False)
        columns.append(decoded)
        broken |= bad
    batch = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
    if not broken.any():
        return batch, lines
    for line, record in zip(lines[broken].tolist(), batch.filter(pa.array(broken)).to_pylist(), strict=True):
        remarks.faults.append(("E106", line, f"{record['path']} {record['label']}", NOT_UTF8))
    return batch.filter(pa.array(~broken)), lines[~broken]


def _texts(column: Any) -> tuple[Any, Any]:
    """A column as large_string, and which values are not UTF-8; their bytes are shown escaped."""
    import numpy as np
    import pyarrow as pa

    data = column.cast(pa.large_binary())
    try:
        return data.cast(pa.large_string()), False
    except pa.ArrowInvalid:
        values = data.to_pylist()
    texts = [None if value is None else value.decode(errors="backslashreplace") for value in values]
    bad = [text is not None and text.encode() != value for text, value in zip(texts, values, strict=True)]
    return pa.array(texts, pa.large_string()), np.array(bad, np.bool_)


def _row(record: dict[str, Any], line: int, has_source: bool, remarks: Remarks) -> tuple[Any, ...] | None:
    path, label = ("" if value is None or value != value else str(value) for value in (record["path"], record["label"]))
    label = label.strip()
    source = record.get("source")
    if not path or not label:
        value: int | Fault = Fault(code="E101", reason=f"no {'path' if not path else 'label'} in its column")
    else:
        value = read_label(label, path)
    if isinstance(value, Fault):
        remarks.faults.append((value.code, line, f"{path} {label}".strip(), value.reason))
        if value.word is not None:
            remarks.words.append((path, value.word, line, source))
        return None
    return (path, value, line, source) if has_source else (path, value, line)


def _paths(part: Part, path: Path) -> PathLines:
    import pyarrow as pa

    file = _file(path, part)
    if "path" not in file.schema_arrow.names:
        raise DatasetError(
            f"Parquet must have the column path; got {', '.join(file.schema_arrow.names)}", file=part.path
        )
    line = 0
    for batch in file.iter_batches(columns=["path"]):
        column = batch.column(0)
        column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        try:
            texts, broken = _texts(column)
        except pa.ArrowNotImplementedError:
            raise DatasetError(f"path must be text; got {column.type}", file=part.path) from None
        for text, bad in zip(texts.to_pylist(), itertools.repeat(False) if broken is False else broken, strict=False):
            line += 1
            yield line, Unreadable(NOT_UTF8) if bad else text or Unreadable("no path in its column")


PARQUET: Final = Reader(
    kind="parquet",
    help="Parquet",
    title="Parquet",
    text="with the columns `path` and `label`, perhaps `source`; a row's line is its number",
    recognises=lambda given: given.head.startswith(_MAGIC),
    open=_open,
    paths=_paths,
)
