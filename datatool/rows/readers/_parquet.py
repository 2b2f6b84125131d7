"""Parquet; a row's line is its number in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.rows.readers._arrow_schema import bytes_in, class_features, first_flags, numbered
from datatool.rows.readers._base import OpenedPart, PathLines, Reader, ReadOptions
from datatool.rows.readers._chunks import Chunk
from datatool.rows.readers._image_bytes import is_named_image
from datatool.rows.readers._table import Places, Table, open_table, table_paths
from datatool.schemas import DatasetError, Part

_BATCH: Final = 1 << 17  # rows: a whole row group as DuckDB writes them, an eighth of one as pyarrow does
_FEW_ROWS: Final = 10_000  # of a row group that costs more to read by itself than its rows do
_MAGIC: Final = b"PAR1"
_SAMPLE_IMAGES: Final = 16  # rows that show whether images lie in the table
_SAMPLE: Final = 100  # rows that show whether a table is one-hot


def _open(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    return open_table(part, _table(part, path), options)


def _table(part: Part, path: Path) -> Table:
    schema = _file(path, part).schema_arrow

    def first() -> list[list[str]]:
        return first_flags(schema, lambda names: next(_batches(path, part, names, _SAMPLE), None))

    return Table(
        names=schema.names,
        read=lambda places, _: _chunks(path, part, schema, places),
        first=first,
        types=schema.types,
        features=class_features(schema),
        first_bytes=lambda at: _first_bytes(path, part, schema.names[at]),
    )


def _file(path: Path, part: Part, *, coded: Sequence[str] = ()) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, read_dictionary=list(coded))
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"Parquet file must be readable; got '{_first_line(error)}'", file=part.path) from None


def _chunks(path: Path, part: Part, schema: Any, places: Places) -> Iterator[Chunk]:
    names = {role: schema.names[at] for role, at in places.items()}
    read = [
        f"{name}.path" if is_named_image(schema.field(name).type) else name for name in dict.fromkeys(names.values())
    ]
    coded = [name for role, name in names.items() if role == "label" and [*names.values()].count(name) == 1]
    yield from numbered(_batches(path, part, read, _BATCH, coded=coded), names)


def _first_bytes(path: Path, part: Part, name: str) -> list[bytes | None]:
    batch = next(_batches(path, part, [name], _SAMPLE_IMAGES), None)
    return [] if batch is None else bytes_in(batch.column(0))


def _batches(path: Path, part: Part, names: list[str], size: int, *, coded: Sequence[str] = ()) -> Iterator[Any]:
    """Batches of some columns; texts of some of them as codes, which is how most files hold them.

    Codes are those of one row group: a batch over several would come in slices, each with the buffers of all.
    """
    import pyarrow as pa

    file = _file(path, part)
    groups: list[Any] = [None]
    if coded and file.metadata.num_rows >= _FEW_ROWS * file.num_row_groups:
        file = _file(path, part, coded=coded)
        groups = [[number] for number in range(file.num_row_groups)]
    try:
        for group in groups:
            yield from file.iter_batches(size, columns=names, row_groups=group)
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"Parquet file must be whole; got '{_first_line(error)}'", file=part.path) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _paths(part: Part, path: Path) -> PathLines:
    return table_paths(part, _table(part, path))


PARQUET: Final = Reader(
    kind="parquet",
    help="Parquet",
    title="Parquet",
    text="with the columns of a CSV; a row's line is its number",
    recognises=lambda given: given.head.startswith(_MAGIC),
    open=_open,
    paths=_paths,
)
