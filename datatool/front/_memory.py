"""Data sets in memory, as Parquet files that the readers read: one grammar for all, and memory that stays bounded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any, Final

from datatool.errors import DatasetError
from datatool.rows import column_role

_BATCH: Final = 1_000  # rows of a Hugging Face data set at a time: images lie in them
_TEXT_TOO: Final = str | int | float | bool | None  # what `str` writes as a table's reader reads it
_MISSING: Final = ("NAType", "NaTType")  # of pandas, which need not be installed
_WHAT: Final = "a data set in memory must be (paths, labels), a table or a Hugging Face data set"
_WAY_ON: Final = "datatool.read((paths, labels)), or datatool.read(table) with columns path and label"


def is_path(source: object, /) -> bool:
    """Whether a data set is named by a path, and not in memory."""
    return isinstance(source, str | os.PathLike)


def splits_in(source: object, /) -> dict[str, Any] | None:
    """The data sets of a mapping of them, such as a Hugging Face `DatasetDict`; None for anything else."""
    if not isinstance(source, Mapping) or not source:
        return None
    return {str(name): one for name, one in source.items()} if all(map(_is_whole, source.values())) else None


def _is_whole(value: object) -> bool:
    """Whether a value of a mapping is a data set, not a column."""
    return is_path(value) or _is_pair(value) or hasattr(value, "features") or hasattr(value, "columns")


def write_spool(source: Any, file: Path, /, *, columns: Iterable[str] = ()) -> None:
    """Write what is in memory to a Parquet file.

    Args:
        source: (paths, labels); a mapping of columns; whatever gives Arrow data through `__arrow_c_stream__`, as tables
            of pandas, polars, pyarrow and DuckDB do; or a Hugging Face `Dataset`.
        file: Where it is written.
        columns: Names of columns that a user gave.

    Raises:
        DatasetError: If it is nothing of the kind, or its values cannot stand in a table.
    """
    import pyarrow as pa

    try:
        schema, batches = _stream(source, frozenset(columns))
        _write(schema, batches, file, frozenset(columns))
    except (pa.ArrowException, UnicodeError, OverflowError) as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(
            f"a table in memory must hold plain values; got '{reason}'",
            hint="paths as text, and labels as whole "
            "numbers or text: for pandas, table['path'] = table['path'].astype(str)",
        ) from None


def _stream(source: Any, given: frozenset[str]) -> tuple[Any, Iterator[Any]]:
    """An Arrow schema, and record batches or tables of it."""
    if callable(getattr(source, "with_format", None)):
        return _hugging_face(source)
    if callable(getattr(source, "__arrow_c_stream__", None)):
        return _arrow_stream(source, given)
    if _is_pair(source):
        table = _pair(*source)
    elif isinstance(source, Mapping) and source:
        table = _columns(source)
    else:
        raise DatasetError(f"{_WHAT}; got {_shown_type(source)}", hint=_WAY_ON)
    return table.schema, iter(table.to_batches())


def _arrow_stream(source: Any, given: frozenset[str]) -> tuple[Any, Iterator[Any]]:
    """A table through its Arrow stream; a frame of objects, which has none, by those of its columns that matter."""
    import pyarrow as pa

    try:
        reader = pa.RecordBatchReader.from_stream(source)
    except (pa.ArrowException, ValueError, TypeError):
        names = list(getattr(source, "columns", ()))
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None:
            raise DatasetError(
                f"the columns of a table must have different names; got '{repeated}' twice",
                hint="for pandas, table.loc[:, ~table.columns.duplicated()]",
            ) from None
        if not names:
            raise
        table = _table(dict(_plain_columns(source, names, given)))
        return table.schema, iter(table.to_batches())
    return (reader.schema, iter(reader)) if not _is_empty(source) else (_without_types(reader.schema), iter(()))


def _plain_columns(source: Any, names: list[Any], given: frozenset[str]) -> Iterator[tuple[str, list[Any]]]:
    """The columns of a frame as lists; what holds other things than text and numbers is left out unless it is ours."""
    for name in names:
        values = _plain(source[name], f"the column '{name}'")
        if all(map(_is_plain, values)) or _has_role(str(name), given):
            yield str(name), values


def _is_empty(source: Any) -> bool:
    """Whether a frame of pandas has no rows: what types its columns have is then chance."""
    return hasattr(source, "iloc") and len(source) == 0


def _without_types(schema: Any) -> Any:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in schema.names])


def _hugging_face(source: Any) -> tuple[Any, Iterator[Any]]:
    """Through its Arrow table, in the order that selecting and shuffling gave it; images stay the bytes they are."""
    features = getattr(source, "features", None)
    if features is None:
        raise DatasetError(
            "a Hugging Face data set must know its features; got a stream without",
            hint="load it without streaming, or name them: dataset.cast(features)",
        )
    return features.arrow_schema, source.with_format("arrow").iter(_BATCH)


def _is_pair(source: object) -> bool:
    return isinstance(source, tuple) and len(source) == 2 and not any(map(is_path, source))


def _pair(paths: Any, labels: Any) -> Any:
    listed, ids = _plain(paths, "paths"), _plain(labels, "labels")
    if len(listed) != len(ids):
        raise DatasetError(f"paths and labels must be as many; got {len(listed):,} and {len(ids):,}")
    for name, values in (("path", listed), ("label", ids)):
        if any(not _is_plain(value) for value in values):
            raise _odd(name, values)
    return _table({"path": listed, "label": ids})


def _columns(source: Mapping[Any, Any]) -> Any:
    listed = {str(name): _plain(values, f"the column '{name}'") for name, values in source.items()}
    if len({len(values) for values in listed.values()}) > 1:
        sizes = ", ".join(f"{len(values):,} in {name}" for name, values in listed.items())
        raise DatasetError(f"columns must be as long as each other; got {sizes}")
    return _table(listed)


def _table(columns: Mapping[str, list[Any]]) -> Any:
    import pyarrow as pa

    return pa.table({name: _array(name, values) for name, values in columns.items()})


def _array(name: str, values: list[Any]) -> Any:
    """An Arrow array; values of several kinds, as an array of numpy would make them text, become text."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        if all(isinstance(value, _TEXT_TOO) for value in values):
            return pa.array([None if value is None else str(value) for value in values])
        raise _odd(name, values) from None


def _is_plain(value: object) -> bool:
    return isinstance(value, _TEXT_TOO | bytes)


def _odd(name: str, values: list[Any]) -> DatasetError:
    first = next(value for value in values if not _is_plain(value))
    return DatasetError(f"'{name}' must hold text or numbers; got {_shown_type(first)}", hint=_WAY_ON)


def _plain(values: Any, what: str) -> list[Any]:
    """Values of a list, an array or a series; paths as text, numbers of numpy as Python's."""
    is_ordered = not isinstance(values, Set) and (hasattr(values, "__iter__") or hasattr(values, "__array__"))
    if is_path(values) or not is_ordered:
        raise DatasetError(f"{what} must be a list or an array; got {_shown_type(values)}", hint=_WAY_ON)
    lists: list[Callable[[], Any]] = [
        way for name in ("to_pylist", "tolist", "to_list") if callable(way := getattr(values, name, None))
    ]
    listed = lists[0]() if lists else list(values)
    if not isinstance(listed, list) or any(isinstance(value, list) for value in listed[:1]):
        raise DatasetError(f"{what} must have one dimension; got {_shown_type(values)}", hint=_WAY_ON)
    return [_plain_value(value) for value in listed]


def _plain_value(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if type(value).__name__ in _MISSING:
        return None
    return value.item() if getattr(value, "shape", None) == () else value


def _shown_type(value: object) -> str:
    shape = getattr(value, "shape", None)
    shown = f" of shape {tuple(shape)}" if shape is not None else ""
    kind = type(value)
    return f"{kind.__qualname__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__qualname__}'}{shown}"


def _write(schema: Any, batches: Iterable[Any], file: Path, given: frozenset[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kept = [at for at, field in enumerate(schema) if _may_matter(field, given)]
    narrow = pa.schema([_storable(schema.field(at)) for at in kept], metadata=schema.metadata)
    with pq.ParquetWriter(str(file), narrow, compression="none") as writer:
        for batch in batches:
            some = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
            columns = [some.column(at).cast(field.type) for at, field in zip(kept, narrow, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=narrow))


def _storable(field: Any) -> Any:
    """A field whose values pyarrow can write; it does not write codes of views, as polars has them."""
    import pyarrow as pa

    kind = field.type
    is_coded_view = pa.types.is_dictionary(kind) and kind.value_type == pa.string_view()
    return field.with_type(pa.dictionary(kind.index_type, pa.string())) if is_coded_view else field


def _may_matter(field: Any, given: frozenset[str]) -> bool:
    """Whether a column is one of ours, or so plain that its name may help in a message."""
    import pyarrow as pa

    if _has_role(field.name, given):
        return True
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind) or str(kind) in _TEXTS
    )


def _has_role(name: str, given: frozenset[str]) -> bool:
    return column_role(name) is not None or name.lower() in {each.lower() for each in given}


_TEXTS: Final = ("string", "large_string", "string_view", "null")
