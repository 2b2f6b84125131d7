"""Rows of tables, chunk by chunk: columns of values to batches of rows, and remarks on the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from datatool.rows._remarks import Remarks, batch_schema, rows_batch
from datatool.rows._splits import split_of, unknown_split
from datatool.rows.readers._base import NOT_UTF8
from datatool.rows.readers._compute import compute
from datatool.rows.readers._labels import Labels, is_coded, without_nulls
from datatool.rows.text._grammar import Fault
from datatool.schemas import arrow_array, numpy_values

TEXTS: Final = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
Texts = Callable[[Sequence[int]], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some rows of a table.

    Attributes:
        columns: A record batch whose columns are named by what they hold: path, label, source, split.
        lines: int64, the line or number of each row.
        is_utf8: Whether its texts are known to be UTF-8.
    """

    columns: Any
    lines: Any
    is_utf8: bool = False

    @classmethod
    def empty(cls, names: Iterable[str], /) -> Chunk:
        """No rows of some columns."""
        import numpy as np
        import pyarrow as pa

        columns = {name: pa.nulls(0, pa.string()) for name in names}
        return cls(columns=pa.RecordBatch.from_pydict(columns), lines=np.array([], np.int64))

    def only(self, mask: Any, /) -> Chunk:
        """The rows of a mask."""
        return Chunk(columns=self.columns.filter(arrow_array(mask)), lines=self.lines[mask])


def rows_of(chunk: Chunk, labels: Labels, remarks: Remarks, /, *, texts: Texts | None) -> Iterator[Any]:
    """Batches of the rows of a chunk: what needs no judgement as a whole, everything else row by row.

    Args:
        chunk: With a path and a label column.
        labels: How labels are read.
        remarks: Gets what is wrong with rows that are left out.
        texts: Makes lines, ascending, into what is shown of them; None shows path and label.
    """
    import pyarrow as pa

    pc = compute()
    shown = texts or _path_and_label(chunk)
    chunk = _with_splits(_decoded(chunk, remarks, shown), remarks, shown)
    columns = chunk.columns
    further = [name for name in ("source", "split") if name in columns.schema.names]
    ids, good = labels.of(columns.column("label"), chunk.lines, remarks)
    paths = columns.column("path").cast(pa.string())
    good &= without_nulls(pc.binary_length(paths), 0) > 0
    keep = slice(None) if good.all() else good
    made = [(paths if good.all() else paths.filter(arrow_array(good))).cast(pa.string_view())]
    made += [arrow_array(ids[keep]), arrow_array(chunk.lines[keep])]
    made += [_stripped(columns.column(name)).filter(arrow_array(good)) for name in further]
    flags = {f"has_{name}": name in further for name in ("source", "split")}
    yield pa.RecordBatch.from_arrays(made, schema=batch_schema(**flags))
    if not good.all():
        rows = list(_odd_rows(chunk.only(~good), labels, remarks, shown))
        if rows:
            yield rows_batch(rows, **flags)


def as_codes(column: Any, /) -> Any:
    """The same, or codes of texts that are UTF-8 as they are, where each text is to be looked at once."""
    return column if is_coded(column) and _is_sound(column.dictionary) else as_plain(column)


def coded_texts(column: Any, /) -> Any:
    """A column of strings or string views as codes of strings: only different texts are copied."""
    import pyarrow as pa

    coded = column.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.string()))


def as_plain(column: Any, /) -> Any:
    """A column without dictionary; texts and bytes as texts, where what is not UTF-8 is escaped."""
    column = _without_dictionary(column)
    return decoded_texts(column)[0] if str(column.type) in TEXTS else column


def _is_sound(column: Any) -> bool:
    """Whether texts are UTF-8, looked at where they lie."""
    import pyarrow as pa

    data, _ = text_buffers(column)
    if not len(data) or int(data.max()) < 0x80:
        return True
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _without_dictionary(column: Any) -> Any:
    import pyarrow as pa

    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def text_buffers(column: Any, /) -> tuple[Any, Any]:
    """Bytes (uint8) of a column of strings, and where each begins in them: one more than there are rows."""
    import numpy as np

    if not len(column):
        return np.array([], np.uint8), np.zeros(1, np.int32)
    _, offsets, text = column.buffers()
    starts = np.frombuffer(offsets, np.int32, column.offset + len(column) + 1)[column.offset :]  # more may follow
    data = np.frombuffer(text if text is not None else b"", np.uint8)
    return data[starts[0] : starts[-1]], starts - starts[0]


def cells_as_text(column: Any, /) -> Any:
    """Cells of any plain column as strings without blanks around them; null where one is empty, NaN included."""
    import pyarrow as pa

    pc = compute()
    plain = as_plain(column)
    texts = pc.utf8_trim_whitespace(plain.cast(pa.string()))
    empty = pc.is_nan(plain) if pa.types.is_floating(plain.type) else pc.equal(texts, "")
    return pc.if_else(pc.fill_null(empty, True), pa.scalar(None, pa.string()), texts)


def _stripped(column: Any) -> Any:
    import pyarrow as pa

    pc = compute()
    return pc.utf8_trim_whitespace(as_plain(column).cast(pa.string()))


def _path_and_label(chunk: Chunk) -> Texts:
    """What is shown of rows that stand in no text."""
    import numpy as np

    def texts(lines: Sequence[int]) -> list[str]:
        places = np.searchsorted(chunk.lines, lines)
        some = (as_plain(chunk.columns.column(name).take(places)).to_pylist() for name in ("path", "label"))
        return [" ".join(filter(None, map(_plain, row))) for row in zip(*some, strict=True)]

    return texts


def _plain(value: object) -> str:
    """A value as text; empty where it is missing, NaN included."""
    if value is None or value != value:
        return ""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def _odd_rows(chunk: Chunk, labels: Labels, remarks: Remarks, shown: Texts) -> Iterator[tuple[Any, ...]]:
    lines = chunk.lines.tolist()
    for line, record, text in zip(lines, chunk.columns.to_pylist(), shown(lines), strict=True):
        row = _row(record, line, text, labels, remarks)
        if row is not None:
            yield row


def _row(record: dict[str, Any], line: int, text: str, labels: Labels, remarks: Remarks) -> tuple[Any, ...] | None:
    path, label = _plain(record["path"]), _as_label(record["label"])
    source, split = record.get("source"), record.get("split")
    source = None if source is None else str(source).strip()
    if not path or not label:
        value: int | Fault = Fault(code="E101", reason=f"no {'path' if not path else 'label'} in its column")
    else:
        value = labels.read(label, path)
    if isinstance(value, Fault):
        remarks.faults.append((value.code, line, text, value.reason))
        if value.word is not None:
            remarks.words.append((path, value.word, line, source, split))
        return None
    return (path, value, line, *([source] * ("source" in record)), *([split] * ("split" in record)))


def _as_label(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else _plain(value).strip()


def _with_splits(chunk: Chunk, remarks: Remarks, shown: Texts) -> Chunk:
    """The split column as splits; rows with another value become faults."""
    import pyarrow as pa

    columns = chunk.columns
    if "split" not in columns.schema.names:
        return chunk
    coded = as_plain(columns.column("split")).cast(pa.string()).dictionary_encode()
    meant = pa.array([split_of(value) for value in coded.dictionary.to_pylist()], pa.string())
    splits = meant.take(coded.indices)
    known = numpy_values(splits.is_valid())
    if not known.all():
        lost = chunk.only(~known)
        lines, given = lost.lines.tolist(), lost.columns.column("split").to_pylist()
        for line, value, text in zip(lines, given, shown(lines), strict=True):
            remarks.faults.append(("W112", line, text, unknown_split(_plain(value))))
    at = columns.schema.get_field_index("split")
    return Chunk(columns=columns.set_column(at, "split", splits), lines=chunk.lines).only(known)


def _decoded(chunk: Chunk, remarks: Remarks, shown: Texts) -> Chunk:
    """Text and bytes as UTF-8, which formats promise and nothing checks; rows that are not become faults."""
    import numpy as np
    import pyarrow as pa

    if chunk.is_utf8:
        return chunk
    broken = np.zeros(len(chunk.lines), np.bool_)
    columns = []
    for name, column in zip(chunk.columns.schema.names, chunk.columns.columns, strict=True):
        if name == "label" and is_coded(column) and _is_sound(column.dictionary):
            columns.append(column)
            continue
        kind = getattr(column.type, "value_type", column.type)
        decoded, bad = decoded_texts(column) if str(kind) in TEXTS else (column, False)
        columns.append(decoded)
        broken |= bad
    whole = Chunk(columns=pa.RecordBatch.from_arrays(columns, names=chunk.columns.schema.names), lines=chunk.lines)
    if not broken.any():
        return whole
    lines = chunk.lines[broken].tolist()
    remarks.faults += [("E106", line, text, NOT_UTF8) for line, text in zip(lines, shown(lines), strict=True)]
    return whole.only(~broken)


def decoded_texts(column: Any, /) -> tuple[Any, Any]:
    """A column of texts, and which values are not UTF-8; their bytes are shown escaped."""
    import numpy as np
    import pyarrow as pa

    column = _without_dictionary(column)
    if column.type == pa.string() and _is_sound(column):
        return column, False
    data = (column if str(column.type) in TEXTS else column.cast(pa.string())).cast(pa.large_binary())
    try:
        return data.cast(pa.large_string()), False
    except pa.ArrowInvalid:
        values = data.to_pylist()
    texts = [None if value is None else value.decode(errors="backslashreplace") for value in values]
    bad = [text is not None and text.encode() != value for text, value in zip(texts, values, strict=True)]
    return pa.array(texts, pa.large_string()), np.array(bad, np.bool_)
