"""Columns of tables that hold the images themselves: bytes, or what Hugging Face writes, `struct<bytes, path>`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datatool.images import read_header
from datatool.rows._remarks import Remarks
from datatool.rows.readers._chunks import Chunk, as_plain
from datatool.rows.remote import is_without_images
from datatool.schemas import Part, join_place
from datatool.storage import row_name

if TYPE_CHECKING:
    from datatool.rows.readers._table import Table

_BYTES = ("binary", "large_binary", "binary_view")


def is_named_image(kind: Any, /) -> bool:
    """Whether a type is that of an image with a path, whose bytes may lie elsewhere."""
    import pyarrow as pa

    return pa.types.is_struct(kind) and {"bytes", "path"} <= {field.name for field in kind}


def holds_images(kind: Any, first: Callable[[], Iterable[bytes | None]], /) -> bool:
    """Whether a column holds images.

    Args:
        kind: Its type.
        first: Gives the bytes of its first rows.
    """
    if is_named_image(kind):
        return any(value is not None for value in first())
    return str(kind) in _BYTES and any(value and read_header(bytes(value)).format != "" for value in first())


def without_bytes(column: Any, /) -> Any:
    """The names in a column of images as text; nothing in one of bytes alone."""
    import pyarrow as pa

    return column.field("path") if pa.types.is_struct(column.type) else column


def as_image_table(part: Part, table: Table, column: int, /) -> tuple[Part, Table]:
    """A table whose paths are its own rows, under a root that the storage door opens.

    Args:
        part: The table as a part.
        table: As it is.
        column: The place of the column that holds the images.
    """
    import pyarrow as pa

    assert table.types is not None
    is_named = is_named_image(table.types[column])

    def read(places: Mapping[str, int], remarks: Remarks) -> Iterator[Chunk]:
        others = {role: at for role, at in places.items() if role != "path"}
        for chunk in table.read(places if is_named or not others else others, remarks):
            yield _with_rows(chunk, is_named=is_named) if "path" in places else chunk

    name = table.names[column]
    in_place = is_without_images(part.spooled)
    root = join_place(part.path, name) if in_place else (part.spooled or Path(part.path)) / name
    types = list(table.types)
    types[column] = pa.string()
    return dataclasses.replace(part, root=root), dataclasses.replace(table, read=read, types=types, holds=column)


def _with_rows(chunk: Chunk, *, is_named: bool) -> Chunk:
    """A chunk whose paths are the names of its rows."""
    import pyarrow as pa

    columns = chunk.columns
    names = as_plain(columns.column("path")).to_pylist() if is_named else [None] * columns.num_rows
    rows = pa.array([row_name(*each) for each in zip(chunk.lines.tolist(), names, strict=True)], pa.string())
    others = {name: columns.column(name) for name in columns.schema.names if name != "path"}
    return Chunk(columns=pa.RecordBatch.from_pydict({"path": rows, **others}), lines=chunk.lines)
