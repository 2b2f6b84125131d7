"""What Parquet and Arrow have in common: a schema, and rows that are numbered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from datatool.rows.readers._chunks import Chunk
from datatool.rows.readers._image_bytes import is_named_image, without_bytes

_HUGGING_FACE: Final = b"huggingface"  # key of a schema's metadata, whose value is JSON
_SAVED_INFO: Final = "dataset_info.json"
_VIEWS: Final = ("string_view", "binary_view")


def numbered(batches: Iterable[Any], names: Mapping[str, str], /) -> Iterator[Chunk]:
    """Record batches as chunks; the first row of the first has the number 1.

    Args:
        batches: With at least these columns.
        names: What a column holds -> its name.
    """
    import numpy as np
    import pyarrow as pa

    first = 1
    for batch in batches:
        arrays = [_usual(without_bytes(batch.column(name))) for name in names.values()]
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        yield Chunk(columns=pa.RecordBatch.from_arrays(arrays, names=list(names)), lines=lines)
        first += batch.num_rows


def _usual(column: Any) -> Any:
    """A column in a type that pyarrow computes with; half floats, decimals and codes of views are not."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_decimal(kind):
        return column.cast(pa.string())
    if pa.types.is_dictionary(kind) and str(kind.value_type) in _VIEWS:
        plain = pa.string() if kind.value_type == pa.string_view() else pa.binary()
        return pa.DictionaryArray.from_arrays(column.indices, column.dictionary.cast(plain))
    return column


def bytes_in(column: Any, /) -> list[bytes | None]:
    """The images of a column of bytes, or of `struct<bytes, path>`."""
    found = column.field("bytes") if is_named_image(column.type) else column
    return list(found.to_pylist())


def first_flags(schema: Any, first: Callable[[list[str]], Any], /) -> list[list[str]]:
    """The first rows as text, of tables that may be one-hot: those with several columns of integers or booleans.

    Args:
        schema: Of all columns.
        first: Gives the first batch of some columns; None where there is none.
    """
    import pyarrow as pa

    flags = [field.name for field in schema if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type)]
    if len(flags) < 2 or len(set(schema.names)) < len(schema.names):
        return []
    batch = first(flags)
    found = [] if batch is None else batch.to_pylist()
    return [[str(row[name]) if row.get(name) is not None else "" for name in schema.names] for row in found]


def class_features(schema: Any, /) -> dict[str, dict[int, str]]:
    """Columns of class ids whose names Hugging Face's datasets wrote into the schema: column -> name by id."""
    try:
        told = json.loads((schema.metadata or {}).get(_HUGGING_FACE, b"{}"))
        features = told["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}
    return class_labels(features)


def saved_features(path: Path, /) -> dict[str, dict[int, str]]:
    """The same from the `dataset_info.json` that `save_to_disk` writes beside its files."""
    try:
        return class_labels(json.loads(path.with_name(_SAVED_INFO).read_text("utf-8"))["features"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def class_labels(features: object, /) -> dict[str, dict[int, str]]:
    """The `ClassLabel` features among those of a `datasets` document."""
    found = {}
    for column, feature in features.items() if isinstance(features, dict) else ():
        names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            found[column] = dict(enumerate(names))
    return found
