"""Places of the rows of any table, kept while others leave the room."""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from typing import Final

from datatool.schemas import Container, is_url
from datatool.storage._kept_tables import ROWS, KeptTable, keep_table, load_table
from datatool.storage._source import opened_blocks, opened_object
from datatool.storage.places._arrow import arrow_places
from datatool.storage.places._parquet import parquet_places
from datatool.storage.places._places import NotInPlaceError, RowPlaces, TableSource

_MOST_ROWS: Final = 4_000_000  # of what is held, 16 bytes each
_PARQUET: Final = b"PAR1"
_held: OrderedDict[tuple[Container, str], RowPlaces | NotInPlaceError] = OrderedDict()
_lock = threading.Lock()


def places_of(container: Container, column: str, /) -> RowPlaces:
    """Where the bytes of each row of a column lie in a table.

    Args:
        container: A Parquet or Arrow file as it is now.
        column: Name of one of binary, or of `struct<bytes, path>`.

    Raises:
        NotInPlaceError: If they do not lie in it as they are: compressed, in a dictionary, or damaged.
        OSError: If the table cannot be opened.
    """
    with _lock:
        found = _held.get((container, column))
        if found is None:
            found = _held[container, column] = _located(container, column)
            while len(_held) > 1 and sum(map(_num_rows, _held.values())) > _MOST_ROWS:
                _held.popitem(last=False)
        _held.move_to_end((container, column))
    if isinstance(found, NotInPlaceError):
        raise NotInPlaceError(*found.args)
    return found


def _num_rows(found: RowPlaces | NotInPlaceError) -> int:
    return 1 if isinstance(found, NotInPlaceError) else len(found.offset)


def _located(container: Container, column: str) -> RowPlaces | NotInPlaceError:
    try:
        return _of_object(container, column) if is_url(container.path) else _of_file(container, column)
    except NotInPlaceError as error:
        return error
    except (ValueError, OverflowError) as error:  # names that are no text, numbers past all bounds
        return NotInPlaceError(f"damage: {error}")


def _of_file(container: Container, column: str) -> RowPlaces:
    import pyarrow as pa

    handle = os.open(container.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pread = functools.partial(os.pread, handle)
        find = parquet_places if pread(len(_PARQUET), 0) == _PARQUET else arrow_places
        source = TableSource(pread, container.size, lambda: pa.OSFile(container.path))
        return RowPlaces(container, *find(source, column))
    finally:
        os.close(handle)


def _of_object(container: Container, column: str) -> RowPlaces:
    """Found once for all processes of a user: pages of Parquet are read from front to back for it."""
    kept = load_table(container, part=column)
    if kept is not None:
        return RowPlaces(container, kept.offset, kept.length)
    with opened_blocks(container) as (pread, opened):
        is_parquet = pread(len(_PARQUET), 0) == _PARQUET
        if is_parquet:
            with opened_object(container) as (streamed, _):
                found = parquet_places(TableSource(streamed, container.size, opened), column)
        else:
            found = arrow_places(TableSource(pread, container.size, opened), column)
    names = [""] * len(found.offset)
    keep_table(container, KeptTable(ROWS, names, found.offset, found.length, {}, (), {}), part=column)
    return RowPlaces(container, *found)
