"""Places of the rows of any table, kept while others leave the room."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import Final

from datatool.schemas import Container
from datatool.storage.places._arrow import arrow_places
from datatool.storage.places._parquet import parquet_places
from datatool.storage.places._places import NotInPlaceError, RowPlaces

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
    handle = os.open(container.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        find = parquet_places if os.pread(handle, len(_PARQUET), 0) == _PARQUET else arrow_places
        return RowPlaces(container, *find(container.path, handle, container.size, column))
    except NotInPlaceError as error:
        return error
    except (ValueError, OverflowError) as error:  # names that are no text, numbers past all bounds
        return NotInPlaceError(f"damage: {error}")
    finally:
        os.close(handle)
