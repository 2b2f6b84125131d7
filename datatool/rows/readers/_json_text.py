"""Lines of JSON to chunks of columns: blocks of equal objects at once, any other line by line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows.readers._base import NOT_UTF8
from datatool.rows.readers._chunks import Chunk, coded_texts
from datatool.rows.readers._compute import compute
from datatool.rows.text._fields import count_byte
from datatool.rows.text._json_even import even_texts

_WHOLE: Final = r"^(-?[0-9]+)$"


def json_chunks(
    data: bytes, keys: Mapping[str, str], sample: Sequence[Mapping[str, Any]], line: int, remarks: Remarks, /
) -> tuple[Chunk, int]:
    """The rows of a block, every column as text, and how many lines it has.

    Args:
        data: Whole lines.
        keys: What a column holds -> its key.
        sample: Objects that show the types of values.
        line: Number of the first line.
        remarks: Gets lines that are no objects.
    """
    chunk = _plain(data, keys, sample, line)
    if chunk is None:
        return _lines(data, keys, line, remarks), count_byte(data, ord("\n"))
    return chunk, len(chunk.lines)


def _plain(data: bytes, keys: Mapping[str, str], sample: Sequence[Mapping[str, Any]], line: int) -> Chunk | None:
    """A block as pyarrow reads it; None where a line is not like the sample."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.json

    fields = {key: _type([found.get(key) for found in sample]) for key in keys.values()}
    if None in fields.values():
        return None
    texts = even_texts(data, keys) if {*fields.values()} == {pa.string()} else None
    if texts is not None:
        held = {role: coded_texts(text) if role == "label" else text.cast(pa.string()) for role, text in texts.items()}
        batch = pa.RecordBatch.from_pydict(held)
        return Chunk(columns=batch, lines=np.arange(line, line + batch.num_rows, dtype=np.int64), is_utf8=True)
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


def _type(values: Sequence[Any]) -> Any:
    """The Arrow type of some values, None where they have no common one."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {dict}:
        return pa.struct([("path", pa.string())])
    known = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return known.get(kinds.pop()) if len(kinds) == 1 else None


def _as_text(column: Any) -> Any:
    import pyarrow as pa

    pc = compute()
    if pa.types.is_struct(column.type):
        return column.flatten()[0]
    text = column.cast(pa.string())
    return pc.replace_substring_regex(text, _WHOLE, r"\1.0") if pa.types.is_floating(column.type) else text


def _lines(data: bytes, keys: Mapping[str, str], first: int, remarks: Remarks) -> Chunk:
    import numpy as np
    import pyarrow as pa

    rows: list[list[str | None]] = []
    lines: list[int] = []
    for number, raw in enumerate(data.split(b"\n")[:-1], first):
        found = _read(raw, number, remarks)
        if found is None:
            continue
        values = [_value(found.get(key)) for key in keys.values()]
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


def _value(value: object) -> str | None:
    """A value as text; an image that is an object is named by its path."""
    if isinstance(value, dict) and isinstance(value.get("path"), str):
        return str(value["path"])
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= mark <= "\udfff" for mark in value)


def _shown(raw: bytes) -> str:
    return raw.removesuffix(b"\r").decode(errors="backslashreplace")
