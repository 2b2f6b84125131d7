"""Parquet; a row's line is its number in the file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from datatool.rows._columns import ROLES, Columns, find_columns, refuse_one_hot
from datatool.rows._remarks import Remarks, batch_schema, rows_batch
from datatool.rows._splits import split_of, unknown_split
from datatool.rows.readers._base import NOT_UTF8, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.rows.text._grammar import Fault, read_label
from datatool.schemas import MAX_LABEL, DatasetError, Part

_BATCH: Final = 100_000
_MAGIC: Final = b"PAR1"
_SAMPLE: Final = 100  # rows that show whether a table is one-hot
_TEXTS: Final = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")


def _open(part: Part, path: Path, _: ReadOptions) -> OpenedPart:
    schema = _file(path, part).schema_arrow
    given = dict(part.columns)
    refuse_one_hot(schema.names, _first_records(path, part, schema), given, file=part.path)
    columns = find_columns(schema.names, given, file=part.path)
    _check_types(schema, columns, part)
    has_source, has_split = columns.source is not None, columns.split is not None

    def batches(remarks: Remarks) -> Iterator[Any]:
        first = 1
        for batch in _columns_of(path, part, columns):
            yield from _convert(batch, first, remarks)
            first += batch.num_rows

    return OpenedPart(part=part, batches=batches, has_source=has_source, has_split=has_split, columns=columns.names)


def _file(path: Path, part: Part) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"Parquet file must be readable; got '{_first_line(error)}'", file=part.path) from None


def _columns_of(path: Path, part: Part, columns: Columns, size: int = _BATCH) -> Iterator[Any]:
    """Batches of the columns in use, named by what they hold."""
    import pyarrow as pa

    file = _file(path, part)
    places = [at for role in ROLES if (at := getattr(columns, role)) is not None]
    roles = [role for role in ROLES if getattr(columns, role) is not None]
    names = [file.schema_arrow.names[at] for at in places]
    batches = file.iter_batches(size, columns=list(dict.fromkeys(names)))
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise DatasetError(f"Parquet file must be whole; got '{_first_line(error)}'", file=part.path) from None
        if batch is None:
            return
        yield pa.RecordBatch.from_arrays([batch.column(name) for name in names], names=roles)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _first_records(path: Path, part: Part, schema: Any) -> list[list[str]]:
    """The first rows as text, of tables that may be one-hot: those without a column that is known for labels."""
    import pyarrow as pa

    flags = [field.name for field in schema if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type)]
    if len(flags) < 2 or len(set(schema.names)) < len(schema.names):
        return []
    try:
        batch = next(_file(path, part).iter_batches(_SAMPLE, columns=flags), None)
    except (pa.ArrowException, OSError):
        return []  # said when its rows are read
    found = [] if batch is None else batch.to_pylist()
    return [[str(row[name]) if row.get(name) is not None else "" for name in schema.names] for row in found]


def _check_types(schema: Any, columns: Columns, part: Part) -> None:
    """Raise DatasetError where a column holds no plain values."""
    import pyarrow as pa

    for role in ROLES:
        at = getattr(columns, role)
        if at is None:
            continue
        kind = schema.field(at).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_text = str(kind) in _TEXTS
        is_plain = is_text or pa.types.is_null(kind) or (role != "path" and pa.types.is_primitive(kind))
        if not is_plain:
            what = "text" if role == "path" else "text or numbers"
            raise DatasetError(f"the column '{schema.names[at]}' must hold {what}; got {kind}", file=part.path)


def _convert(batch: Any, first: int, remarks: Remarks) -> Iterator[Any]:
    """Integer labels pass as a whole; everything else goes row by row through the grammar."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at import; no stub names them
    batch, lines = _decoded(batch, np.arange(first, first + batch.num_rows, dtype=np.int64), remarks)
    has_source, has_split = ("source" in batch.schema.names, "split" in batch.schema.names)
    if has_split:
        batch, lines = _with_splits(batch, lines, remarks)
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
        columns.append(pc.utf8_trim_whitespace(batch.column("source").cast(pa.string())).filter(keep))
    if has_split:
        columns.append(batch.column("split").filter(keep))
    yield pa.RecordBatch.from_arrays(columns, schema=batch_schema(has_source=has_source, has_split=has_split))
    odd = batch.filter(pa.array(~good)).to_pylist()
    rows = [
        row
        for line, record in zip(lines[~good].tolist(), odd, strict=True)
        if (row := _row(record, line, remarks)) is not None
    ]
    if rows:
        yield rows_batch(rows, has_source=has_source, has_split=has_split)


def _with_splits(batch: Any, lines: Any, remarks: Remarks) -> tuple[Any, Any]:
    """The split column as splits; rows with another value become faults."""
    import pyarrow as pa

    coded = batch.column("split").cast(pa.string()).dictionary_encode()
    meant = pa.array([split_of(value) for value in coded.dictionary.to_pylist()], pa.string())
    splits = meant.take(coded.indices)
    known = splits.is_valid()
    if splits.null_count:
        lost = known.to_numpy(zero_copy_only=False) == 0
        for line, record in zip(lines[lost].tolist(), batch.filter(pa.array(lost)).to_pylist(), strict=True):
            reason = unknown_split("" if record["split"] is None else str(record["split"]))
            remarks.faults.append(("W112", line, f"{record['path']} {record['label']}", reason))
        lines = lines[~lost]
    batch = batch.set_column(batch.schema.get_field_index("split"), "split", splits).filter(known)
    return batch, lines


def _decoded(batch: Any, lines: Any, remarks: Remarks) -> tuple[Any, Any]:
    """Text and bytes as UTF-8, which Parquet promises and nothing checks; rows that are not become faults."""
    import numpy as np
    import pyarrow as pa

    broken = np.zeros(batch.num_rows, np.bool_)
    columns = []
    for column in batch.columns:
        kind = getattr(column.type, "value_type", column.type)
        text = str(kind) in _TEXTS
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


def _row(record: dict[str, Any], line: int, remarks: Remarks) -> tuple[Any, ...] | None:
    path, label = ("" if value is None or value != value else str(value) for value in (record["path"], record["label"]))
    label = label.strip()
    source, split = record.get("source"), record.get("split")
    source = None if source is None else str(source).strip()
    if not path or not label:
        value: int | Fault = Fault(code="E101", reason=f"no {'path' if not path else 'label'} in its column")
    else:
        value = read_label(label, path)
    if isinstance(value, Fault):
        remarks.faults.append((value.code, line, f"{path} {label}".strip(), value.reason))
        if value.word is not None:
            remarks.words.append((path, value.word, line, source, split))
        return None
    return (path, value, line, *([source] * ("source" in record)), *([split] * ("split" in record)))


def _paths(part: Part, path: Path) -> PathLines:
    import pyarrow as pa

    schema = _file(path, part).schema_arrow
    columns = find_columns(schema.names, dict(part.columns), file=part.path, needed=["path"])
    columns = Columns(path=columns.path, label=None, source=None, split=None, names=columns.names)
    _check_types(schema, columns, part)
    line = 0
    for batch in _columns_of(path, part, columns):
        column = batch.column(0)
        column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        texts, broken = _texts(column)
        for text, bad in zip(texts.to_pylist(), itertools.repeat(False) if broken is False else broken, strict=False):
            line += 1
            yield line, Unreadable(NOT_UTF8) if bad else text or Unreadable("no path in its column")


PARQUET: Final = Reader(
    kind="parquet",
    help="Parquet",
    title="Parquet",
    text="with the columns of a CSV; a row's line is its number",
    recognises=lambda given: given.head.startswith(_MAGIC),
    open=_open,
    paths=_paths,
)
