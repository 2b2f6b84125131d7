"""Images inside of tables: `TABLE/COLUMN/NUMBER/NAME`, a row of a Parquet or Arrow file with the bytes in a column.

Where the bytes lie in the table as they are, they are read by their place. Else rows are decoded in blocks, in the
order of the table, and a few blocks are kept: whoever asks for rows in order, from several threads too, has every block
decoded once.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from datatool.schemas import Container, Span, is_url
from datatool.storage._ipc import checked_batch
from datatool.storage._locator import Locator
from datatool.storage._manifest import is_manifest
from datatool.storage._members import container_of
from datatool.storage._remote_tables import columns_of, remote_table
from datatool.storage._row_names import readings
from datatool.storage.places import NotInPlaceError, places_of

_BLOCK: Final = 16  # rows of Parquet decoded at once
_KEPT: Final = 256 << 20  # bytes of decoded blocks, more than threads that read in order have in hand
_MOST_BLOCKS: Final = 1_000  # kept, since they are looked through one by one
_TABLES: Final = 4  # open at once
_PARQUET: Final = b"PAR1"
_ARROW: Final = (b"ARROW1", b"\xff\xff\xff\xff")


class TableRow(NamedTuple):
    """A row that holds an image, and when its table was last written."""

    table: str
    column: str
    number: int  # from 1
    mtime: int  # nanoseconds


def in_table(path: str | os.PathLike[str], /) -> str | None:
    """The table that a root lies in; None where it lies in folders."""
    if is_url(path):
        remote = remote_table(str(path))
        return None if remote is None else remote[0].path
    found = _table_above(f"{os.fspath(path)}/")
    return None if found is None else found[0]


def find_row(locator: Locator, /) -> TableRow | None:
    """The row that a locator names; None where it leads through no table."""
    found = _table_above(locator)
    if found is None:
        return None
    table, mtime = found
    for column, number in readings(locator[len(table) + 1 :]):
        if column in _columns(table, mtime):
            return TableRow(table, column, number, mtime)
    return None


class TablePlaces:
    """Where the bytes of rows lie whose paths are below a root in a table.

    Attributes:
        container: The table.
    """

    def __init__(self, table: str, inside: str, /) -> None:
        self.container: Container = container_of(table)
        self._inside = inside
        self._columns = columns_of(self.container) if is_url(table) else _columns(table, self.container.mtime)

    def span(self, path: str, /) -> Span | None:
        """The place of a row by its path; None where there is no such row, or it holds no bytes.

        Raises:
            NotInPlaceError: If the bytes of its column do not lie in the table as they are.
        """
        for column, number in readings(f"{self._inside}/{path}".lstrip("/")):
            if column in self._columns:
                return places_of(self.container, column).span_at(number - 1)
        return None


def table_places(root: str, /) -> TablePlaces | None:
    """The places of rows below a root; None where it lies in no table."""
    table = in_table(root)
    return None if table is None else TablePlaces(table, root[len(table) + 1 :])


def place_of(row: TableRow, /) -> Span | None:
    """Where the bytes of a row lie; None where they do not lie in the table as they are, or there are none.

    Raises:
        OSError: If the table cannot be opened.
    """
    try:
        return places_of(container_of(row.table), row.column).span_at(row.number - 1)
    except NotInPlaceError:
        return None


def row_bytes(row: TableRow, /) -> bytes:
    """The image of a row.

    Raises:
        OSError: If the table has no such row, the row holds no bytes, or the table is damaged.
    """
    import pyarrow as pa

    try:
        found = _opened(row.table, row.mtime).row(row.column, row.number - 1)
    except (pa.ArrowException, ValueError) as error:
        raise OSError(errno.EIO, f"its table is damaged: {str(error).partition(chr(10))[0][:200]}") from None
    if found is None:
        raise OSError(errno.ENODATA, "the row holds no bytes")
    return found


def _table_above(path: str) -> tuple[str, int] | None:
    """The table that a path leads through, and its modification time."""
    end = len(path)
    while (end := path.rfind("/", 0, end)) > 0:
        try:
            found = os.stat(path[:end])
        except (OSError, ValueError):
            continue
        is_table = stat.S_ISREG(found.st_mode) and _is_table(path[:end], found.st_mtime_ns)
        return (path[:end], found.st_mtime_ns) if is_table else None
    return None


@lru_cache(maxsize=1_000)
def _is_table(path: str, mtime: int) -> bool:
    del mtime  # another file under the same name is looked at anew
    try:
        with open(path, "rb") as file:
            head = file.read(8)
    except OSError:
        return False
    return head.startswith((_PARQUET, *_ARROW)) and not (head.startswith(_ARROW) and is_manifest(path))


def _columns(table: str, mtime: int) -> frozenset[str]:
    import pyarrow as pa

    try:
        return _opened(table, mtime).columns
    except (pa.ArrowException, OSError):
        return frozenset()


class _Table:
    """An open table: blocks of rows by number, the last ones kept."""

    def __init__(self, columns: frozenset[str], blocks: Callable[[str, int], Iterator[tuple[int, Any]]]) -> None:
        self.columns = columns
        self._blocks = blocks
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], Any] = OrderedDict()  # by column and the first row
        self._bytes = 0
        self._reading: dict[str, tuple[int, Iterator[tuple[int, Any]]]] = {}  # column -> the row that is next

    def row(self, column: str, row: int) -> bytes | None:
        """The bytes of a row, from 0; None where it holds none.

        Raises:
            FileNotFoundError: If there is no such row.
        """
        with self._lock:
            found = self._held(column, row) or self._read(column, row)
            first, block = found
            value = block[row - first].as_py()
            return value if value is None else bytes(value)

    def _held(self, column: str, row: int) -> tuple[int, Any] | None:
        for (name, first), block in reversed(self._kept.items()):
            if name == column and first <= row < first + len(block):
                return first, block
        return None

    def _read(self, column: str, row: int) -> tuple[int, Any]:
        """Go on to the block of a row, or begin anew where it lies behind."""
        at, blocks = self._reading.get(column, (0, iter(())))
        if column not in self._reading or row < at:
            blocks = self._blocks(column, row)
        for first, block in blocks:
            self._keep(column, first, block)
            self._reading[column] = (first + len(block), blocks)
            if row < first + len(block):
                return first, block
        self._reading.pop(column, None)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _keep(self, column: str, first: int, block: Any) -> None:
        self._kept[column, first] = block
        self._bytes += block.nbytes
        while (self._bytes > _KEPT or len(self._kept) > _MOST_BLOCKS) and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.nbytes


@lru_cache(maxsize=_TABLES)
def _opened(path: str, mtime: int) -> _Table:
    del mtime
    with open(path, "rb") as file:
        head = file.read(8)
    return _parquet(path) if head.startswith(_PARQUET) else _arrow(path, is_file=head.startswith(_ARROW[0]))


def _parquet(path: str) -> _Table:
    import numpy as np
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path, buffer_size=1 << 20)  # else a whole column chunk is read at once
    schema, metadata = file.schema_arrow, file.metadata
    starts = np.cumsum([0, *(metadata.row_group(number).num_rows for number in range(metadata.num_row_groups))])

    def blocks(column: str, row: int) -> Iterator[tuple[int, Any]]:
        group = max(0, int(np.searchsorted(starts, row, side="right")) - 1)
        first = int(starts[group])
        groups = list(range(group, metadata.num_row_groups))
        name = f"{column}.bytes" if _is_struct(schema, column) else column
        for batch in file.iter_batches(_BLOCK, row_groups=groups, columns=[name]):
            yield first, _bytes_of(batch.column(0))
            first += batch.num_rows

    return _Table(frozenset(schema.names), blocks)


def _arrow(path: str, *, is_file: bool) -> _Table:
    import pyarrow as pa

    def opened(places: list[int] | None) -> Any:
        options = pa.ipc.IpcReadOptions(included_fields=places)
        open_as = pa.ipc.open_file if is_file else pa.ipc.open_stream
        return open_as(pa.OSFile(path), options=options)

    schema = opened(None).schema

    def blocks(column: str, row: int) -> Iterator[tuple[int, Any]]:
        del row  # where batches begin is known when they are read
        reader = opened([schema.names.index(column)])
        batches = map(reader.get_batch, range(reader.num_record_batches)) if is_file else reader
        first = 0
        for batch in map(checked_batch, batches):
            yield first, _bytes_of(batch.column(0))
            first += batch.num_rows

    return _Table(frozenset(schema.names), blocks)


def _is_struct(schema: Any, column: str) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(schema.field(column).type))


def _bytes_of(column: Any) -> Any:
    import pyarrow as pa

    return column.field("bytes") if pa.types.is_struct(column.type) else column
