"""Arrow IPC, files and streams (`.arrow`, `.feather`); a row's line is its number in the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows.readers._arrow_schema import bytes_in, class_features, first_flags, numbered, saved_features
from datatool.rows.readers._base import Given, OpenedPart, PathLines, Reader, ReadOptions
from datatool.rows.readers._chunks import Chunk
from datatool.rows.readers._table import Places, Table, open_table, table_paths
from datatool.schemas import DatasetError, Part
from datatool.storage import checked_batch

_FILE: Final = b"ARROW1"
_STREAM: Final = b"\xff\xff\xff\xff"
_OLD_FEATHER: Final = b"FEA1"
_MOST_SCHEMA: Final = 1 << 26  # bytes: four bytes of ones are a stream where a length that can be follows
_SAMPLE_IMAGES: Final = 16  # rows that show whether images lie in the table
_BATCH: Final = 100_000  # rows: a batch of a file may be all of it


def _recognises(given: Given) -> bool:
    head = given.head
    is_stream = head.startswith(_STREAM) and 0 < int.from_bytes(head[4:8], "little") < _MOST_SCHEMA
    return is_stream or (head.startswith((_FILE, _OLD_FEATHER)) and b"\0" in head)  # no path holds a NUL


def _open(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    return open_table(part, _table(part, path), options)


def _table(part: Part, path: Path) -> Table:
    with _opened(part, path) as reader:
        schema = reader.schema

    def read(places: Places, _: Remarks) -> Iterator[Chunk]:
        names = {role: schema.names[at] for role, at in places.items()}
        yield from numbered(_batches(part, path, schema, list(names.values())), names)

    return Table(
        names=schema.names,
        read=read,
        first=lambda: first_flags(schema, lambda names: next(_batches(part, path, schema, names, 100), None)),
        types=schema.types,
        features=class_features(schema) or saved_features(path),
        first_bytes=lambda at: _first_bytes(part, path, schema, schema.names[at]),
    )


def _first_bytes(part: Part, path: Path, schema: Any, name: str) -> list[bytes | None]:
    batch = next(_batches(part, path, schema, [name], _SAMPLE_IMAGES), None)
    return [] if batch is None else bytes_in(batch.column(0))


def _batches(part: Part, path: Path, schema: Any, names: Sequence[str], size: int = _BATCH) -> Iterator[Any]:
    """Batches of some columns, at most ``size`` rows each."""
    import pyarrow as pa

    try:
        with _opened(part, path, [schema.names.index(name) for name in names]) as reader:
            whole = reader if isinstance(reader, pa.ipc.RecordBatchStreamReader) else _of_file(reader)
            for batch in map(checked_batch, whole):
                yield from (batch.slice(first, size) for first in range(0, batch.num_rows, size))
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"Arrow file must be whole; got '{_first_line(error)}'", file=part.path) from None


def _of_file(reader: Any) -> Iterator[Any]:
    return (reader.get_batch(number) for number in range(reader.num_record_batches))


@contextlib.contextmanager
def _opened(part: Part, path: Path, places: Sequence[int] | None = None) -> Iterator[Any]:
    """A reader of a file or a stream; read and not mapped, so that a file that is cut is an error and no signal."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(included_fields=None if places is None else sorted(set(places)))
    with pa.OSFile(str(path)) as source:
        head = source.read(len(_FILE))
        source.seek(0)
        if head.startswith(_OLD_FEATHER):
            raise DatasetError(
                "Feather file must be of version 2, which is Arrow; got version 1",
                file=part.path,
                hint="pandas.read_feather(FILE).to_parquet('new.parquet')",
            )
        open_as = pa.ipc.open_file if head == _FILE else pa.ipc.open_stream
        try:
            reader = open_as(source, options=options)
        except (pa.ArrowException, OSError) as error:
            raise DatasetError(f"Arrow file must be readable; got '{_first_line(error)}'", file=part.path) from None
        with reader:
            yield reader


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _paths(part: Part, path: Path) -> PathLines:
    return table_paths(part, _table(part, path))


ARROW: Final = Reader(
    kind="arrow",
    help="Arrow/Feather",
    title="Arrow, Feather",
    text="Arrow IPC, file or stream, with the columns of a CSV; a row's line is its number",
    recognises=_recognises,
    open=_open,
    paths=_paths,
)
