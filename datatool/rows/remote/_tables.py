"""Tables on buckets with images inside, as tables of this machine without them.

Rows are read in several passes, and images by their places in the object: what is copied is the table with nothing in
its column of images but the first ones, by which it is told that they are there. The copy is made in one pass over the
object, of Parquet over its other columns, and kept in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.images import read_header
from datatool.progress import progress
from datatool.schemas import Container, atomic_file
from datatool.storage import (
    Member,
    NotInPlaceError,
    TablePlaces,
    checked_batch,
    container_of,
    opened_blocks,
    opened_object,
    read,
    table_places,
    tables_folder,
    written_to_cache,
)

_KEY: Final = b"datatool.copy_of"
_SAMPLE: Final = 16  # images that the copy holds
_BATCH: Final = 10_000  # rows of Parquet
_MOST_BYTES: Final = 1 << 30  # of one of them
_PARQUET: Final = b"PAR1"
_ARROW_FILE: Final = b"ARROW1"
_BINARY: Final = ("binary", "large_binary", "binary_view")
_without_images: set[Path] = set()


def is_without_images(copy: Path | None, /) -> bool:
    """Whether a file is a copy whose images are read from the object."""
    return copy in _without_images


def copy_without_images(url: str, /) -> Path | None:
    """The copy of a table without its images; None where it holds none, or they do not lie in it as they are.

    Raises:
        OSError: If there is no such object.
        RemoteError: If its store refuses.
    """
    import pyarrow as pa

    container = container_of(url)
    file = _file(container)
    if not _is_copy(file, container):
        try:
            with written_to_cache():
                if not _write(file, container):
                    return None
        except (pa.ArrowException, ValueError, NotInPlaceError):  # damaged: whoever reads the whole of it says so
            return None
    _without_images.add(file)
    return file


def _file(container: Container) -> Path:
    name = hashlib.blake2b(container.path.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return tables_folder().parent / "tables" / name


def _is_copy(file: Path, container: Container) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.open("rb") as stream:
            is_parquet = stream.read(len(_PARQUET)) == _PARQUET
        with pa.OSFile(str(file)) as source:
            schema = pq.read_schema(source) if is_parquet else pa.ipc.open_stream(source).schema
        return bool(json.loads((schema.metadata or {})[_KEY]) == list(container))
    except (OSError, pa.ArrowException, ValueError, KeyError):
        return False


def _write(file: Path, container: Container) -> bool:
    """Write the copy, if the table holds images that are read in place."""
    places = table_places(container.path)
    if places is None:
        return False
    with opened_blocks(container) as (pread, opened):
        head = pread(len(_ARROW_FILE), 0)
        table = _Parquet(opened()) if head.startswith(_PARQUET) else _Arrow(container, is_file=head == _ARROW_FILE)
        first = {name: _first_images(places, name) for name in _image_columns(table.schema)}
        if not first or not all(map(_are_images, first.values())):
            return False
        copied = _Copied(table.schema, first, container)
        with progress(f"reading {container.path}", total=1, unit="tables") as advance, atomic_file(file) as temporary:
            table.write(temporary, copied)
            advance(1)
    return True


def _image_columns(schema: Any) -> list[str]:
    return [field.name for field in schema if str(field.type) in _BINARY or _is_named_image(field.type)]


def _is_named_image(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(kind)) and {"bytes", "path"} <= {field.name for field in kind}


def _first_images(places: TablePlaces, column: str) -> list[bytes | None]:
    spans = [places.span(f"{column}/{number}") for number in range(1, _SAMPLE + 1)]
    return [None if span is None else read(Member(column, span), max_bytes=_MOST_BYTES) for span in spans]


def _are_images(first: Sequence[bytes | None]) -> bool:
    return any(data is not None and read_header(data).format != "" for data in first)


class _Copied:
    """What the copy holds.

    Attributes:
        schema: Of the copy, with the name of what it is a copy of.

    Args:
        schema: Of the table.
        first: Column of images -> its first values.
        container: The table.
    """

    def __init__(self, schema: Any, first: dict[str, list[bytes | None]], container: Container) -> None:
        self.schema = schema.with_metadata({**(schema.metadata or {}), _KEY: json.dumps(list(container)).encode()})
        self.first = first
        self._done = 0

    def __call__(self, batch: Any) -> Any:
        """The next batch of the table, which may lack the bytes of images, as one of the copy."""
        import pyarrow as pa

        columns = [
            self._column(field, batch) if field.name in self.first else batch.column(field.name)
            for field in self.schema
        ]
        self._done += batch.num_rows
        return pa.record_batch(columns, schema=self.schema)

    def _column(self, field: Any, batch: Any) -> Any:
        import pyarrow as pa

        if not pa.types.is_struct(field.type):
            return self._bytes(field.name, batch.num_rows, field.type)
        given = batch.column(field.name)
        fields = [field.type.field(number) for number in range(field.type.num_fields)]
        children = [
            self._bytes(field.name, batch.num_rows, inner.type) if inner.name == "bytes" else given.field(inner.name)
            for inner in fields
        ]
        return pa.StructArray.from_arrays(children, fields=fields)

    def _bytes(self, name: str, count: int, kind: Any) -> Any:
        import pyarrow as pa

        first = self.first[name][self._done : self._done + count]
        return pa.array(first + [None] * (count - len(first)), kind)


class _Parquet:
    """A Parquet file, of which all but the bytes of images is read."""

    def __init__(self, opened: Any) -> None:
        import pyarrow.parquet as pq

        self._file = pq.ParquetFile(opened)
        self.schema = self._file.schema_arrow

    def write(self, path: Path, copied: _Copied) -> None:
        """Write the copy."""
        import pyarrow.parquet as pq

        names = [name for field in self.schema for name in self._leaves(field, is_image=field.name in copied.first)]
        with pq.ParquetWriter(str(path), copied.schema) as writer:
            for batch in self._file.iter_batches(_BATCH, columns=names):
                writer.write_batch(copied(batch))

    def _leaves(self, field: Any, *, is_image: bool) -> list[str]:
        import pyarrow as pa

        if not is_image:
            return [field.name]
        return (
            [f"{field.name}.{inner.name}" for inner in field.type if inner.name != "bytes"]
            if (pa.types.is_struct(field.type))
            else []
        )


class _Arrow:
    """An Arrow file or stream, read from front to back."""

    def __init__(self, container: Container, *, is_file: bool) -> None:
        self._container = container
        self._is_file = is_file
        with self._opened() as reader:
            self.schema = reader.schema

    def write(self, path: Path, copied: _Copied) -> None:
        """Write the copy."""
        import pyarrow as pa

        with (
            self._opened() as reader,
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_stream(sink, copied.schema) as writer,
        ):
            for batch in map(checked_batch, self._batches(reader)):
                writer.write_batch(copied(batch))

    def _batches(self, reader: Any) -> Iterator[Any]:
        return map(reader.get_batch, range(reader.num_record_batches)) if self._is_file else iter(reader)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Any]:
        import pyarrow as pa

        with opened_object(self._container) as (_, source):
            yield (pa.ipc.open_file if self._is_file else pa.ipc.open_stream)(source)
