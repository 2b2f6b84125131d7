"""Lines of JSON to chunks of columns: blocks of equal objects at once, any other line by line."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows.readers._base import NOT_UTF8
from datatool.rows.readers._chunks import Chunk, coded_texts
from datatool.rows.readers._compute import compute
from datatool.rows.text._fields import count_byte
from datatool.rows.text._json_even import even_texts

_WHOLE: Final = r"^(-?[0-9]+)$"
_MOST_LOOKS: Final = 100  # at what may be a key, or a value, or a key of an object inside of another


class UnseenKeysError(Exception):
    """Keys that no line of the sample has, on one that has them.

    Args:
        found: The object of that line.
    """

    def __init__(self, found: Mapping[str, Any], /) -> None:
        super().__init__()
        self.found = found


def json_chunks(
    data: bytes,
    keys: Mapping[str, str],
    sample: Sequence[Mapping[str, Any]],
    line: int,
    remarks: Remarks,
    /,
    *,
    unseen: Collection[str] = (),
) -> tuple[Chunk, int]:
    """The rows of a block, every column as text, and how many lines it has.

    Args:
        data: Whole lines.
        keys: What a column holds -> its key.
        sample: Objects that show the types of values.
        line: Number of the first line.
        remarks: Gets lines that are no objects.
        unseen: Keys, in lower case, that matter and that the sample has not.

    Raises:
        UnseenKeysError: If a line has one of those.
    """
    chunk = _even(data, keys, sample, line)
    if unseen:
        _refuse_unseen(data[: data.find(b"\n")] if chunk is not None else data, unseen)  # even lines have equal keys
    if chunk is None:
        chunk = _plain(data, keys, sample, line)
    if chunk is None:
        return _lines(data, keys, line, remarks), count_byte(data, ord("\n"))
    return chunk, len(chunk.lines)


def _refuse_unseen(data: bytes, unseen: Collection[str], /) -> None:
    """Raise UnseenKeysError at the first object that has one of some keys, case aside."""
    marks = [f'"{spelled}"'.encode() for key in unseen for spelled in (key, key.capitalize(), key.upper())]
    for mark in marks:
        for at in itertools.islice(_places_of(data, mark), _MOST_LOOKS):
            begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            with contextlib.suppress(ValueError, RecursionError):
                found = json.loads(data[begin : end if end >= 0 else None])
                if isinstance(found, dict) and any(key.lower() in unseen for key in found):
                    raise UnseenKeysError(found)


def _places_of(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + len(mark))


def _types(keys: Mapping[str, str], sample: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The Arrow type of each key; None where the values of one have none in common."""
    fields = {key: _type(role, [found.get(key) for found in sample]) for role, key in keys.items()}
    return None if None in fields.values() else fields


def _even(data: bytes, keys: Mapping[str, str], sample: Sequence[Mapping[str, Any]], line: int) -> Chunk | None:
    """A block whose lines differ in nothing but their texts; None where they do."""
    import numpy as np
    import pyarrow as pa

    fields = _types(keys, sample)
    texts = even_texts(data, keys) if fields is not None and {*fields.values()} == {pa.string()} else None
    if texts is None:
        return None
    held = {role: coded_texts(text) if role == "label" else text.cast(pa.string()) for role, text in texts.items()}
    batch = pa.RecordBatch.from_pydict(held)
    return Chunk(columns=batch, lines=np.arange(line, line + batch.num_rows, dtype=np.int64), is_utf8=True)


def _plain(data: bytes, keys: Mapping[str, str], sample: Sequence[Mapping[str, Any]], line: int) -> Chunk | None:
    """A block as pyarrow reads it; None where a line is not like the sample."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.json

    fields = _types(keys, sample)
    if fields is None:
        return None
    try:
        table = pyarrow.json.read_json(
            pa.BufferReader(data),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(data) + 1),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=pa.schema(list(fields.items())), unexpected_field_behavior="ignore"
            ),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if table.num_rows != _num_objects(data):
        return None
    batch = table.combine_chunks().to_batches()[0]
    columns = {role: _as_text(batch.column(key)) for role, key in keys.items()}
    lines = np.arange(line, line + batch.num_rows, dtype=np.int64)
    return Chunk(columns=pa.RecordBatch.from_pydict(columns), lines=lines)


def _num_objects(data: bytes) -> int:
    """Lines; -1 where one begins with no object: a blank line may make up for two objects on another."""
    import numpy as np

    view = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(view == ord("\n"))
    begin_objects = data.startswith(b"{") and bool((view[ends[:-1] + 1] == ord("{")).all())
    return len(ends) if begin_objects else -1


def _type(role: str, values: Sequence[Any]) -> Any:
    """The Arrow type of some values, None where they have no common one."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {dict} and role == "path":
        return pa.struct([("path", pa.string())])
    known = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return known.get(kinds.pop()) if len(kinds) == 1 else None


def _as_text(column: Any) -> Any:
    import pyarrow as pa

    pc = compute()
    if pa.types.is_struct(column.type):
        return column.flatten()[0]
    text = column.cast(pa.string())
    if not pa.types.is_floating(column.type):
        return text
    decimals = pc.replace_substring_regex(text, _WHOLE, r"\1.0")
    return pc.if_else(pc.is_nan(column), pa.scalar(None, pa.string()), decimals)  # `NaN` of Python is a missing value


def _lines(data: bytes, keys: Mapping[str, str], first: int, remarks: Remarks) -> Chunk:
    import numpy as np
    import pyarrow as pa

    rows: list[list[str | None]] = []
    lines: list[int] = []
    for number, raw in enumerate(data.split(b"\n")[:-1], first):
        found = _read(raw, number, remarks)
        if found is None:
            continue
        values = [_value(role, found.get(key)) for role, key in keys.items()]
        if any(value is not None and not _is_text(value) for value in values):
            remarks.faults.append(("E106", number, _shown(raw), "half a surrogate pair is no character"))
            continue
        rows.append(values)
        lines.append(number)
    columns = list(zip(*rows, strict=True)) or [()] * len(keys)
    arrays = [pa.array(column, pa.string()) for column in columns]
    return Chunk(columns=pa.RecordBatch.from_arrays(arrays, names=list(keys)), lines=np.array(lines, np.int64))


def _read(raw: bytes, line: int, remarks: Remarks) -> dict[str, Any] | None:
    """The object of a line; None where it is blank or there is something to say of it."""
    if not raw.strip():
        remarks.note("I109", "blank lines", line=line, text="")
        return None
    try:
        found = json.loads(raw.decode())
    except UnicodeDecodeError:
        remarks.faults.append(("E106", line, _shown(raw), NOT_UTF8))
        return None
    except (ValueError, RecursionError) as error:
        reason = str(error).partition(":")[0] if isinstance(error, ValueError) else "too deep"
        remarks.faults.append(("E101", line, _shown(raw), f"the line is not JSON: {reason}"))
        return None
    if not isinstance(found, dict):
        remarks.faults.append(("E101", line, _shown(raw), "the line holds no JSON object"))
        return None
    return found


def _value(role: str, value: object) -> str | None:
    """A value as text; an image that is an object is named by its path."""
    if role == "path" and isinstance(value, dict) and isinstance(value.get("path"), str):
        return str(value["path"])
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= mark <= "\udfff" for mark in value)


def _shown(raw: bytes) -> str:
    return raw.removesuffix(b"\r").decode(errors="backslashreplace")
