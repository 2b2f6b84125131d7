"""Tables on buckets whose rows hold images: told by their endings, and read by ranges."""

from __future__ import annotations

import errno
from functools import lru_cache
from typing import Any, Final

from datatool.schemas import Container, Span
from datatool.storage._members import container_of, is_container
from datatool.storage._row_names import readings
from datatool.storage._source import opened_blocks
from datatool.storage.places import NotInPlaceError, places_of
from datatool.storage.remote import is_table_name, member_ends

_PARQUET: Final = b"PAR1"
_ARROW_FILE: Final = b"ARROW1"


def remote_table(place: str, /) -> tuple[Container, str] | None:
    """The table that a URL is, or leads through, and what follows it; None where there is none.

    Raises:
        RemoteError: If a store refuses.
    """
    for end in member_ends(f"{place}/"):
        url = place[:end]
        if is_table_name(url) and not is_container(url):
            try:
                return container_of(url), place[end + 1 :]
            except FileNotFoundError:
                continue  # a prefix that is called so
    return None


def row_span(container: Container, name: str, /) -> Span | None:
    """The place of a row of a table by its column, number and name; None where there is no such row.

    Raises:
        OSError: If the row holds nothing, or the bytes of its column do not lie in the table as they are.
        RemoteError: If its store refuses.
    """
    for column, number in readings(name):
        if column in columns_of(container):
            return _span_at(container, column, number - 1)
    return None


def _span_at(container: Container, column: str, row: int) -> Span | None:
    try:
        places = places_of(container, column)
    except NotInPlaceError as error:
        raise OSError(errno.ENODATA, f"the bytes of its rows do not lie in it as they are: {error}") from None
    span = places.span_at(row)
    if span is None and row < len(places.offset):
        raise OSError(errno.ENODATA, "the row holds no bytes")
    return span


@lru_cache(maxsize=1_000)
def columns_of(container: Container, /) -> frozenset[str]:
    """The names of the columns of a table; none of what is no table."""
    schema = schema_of(container)
    return frozenset() if schema is None else frozenset(schema.names)


def schema_of(container: Container, /) -> Any:
    """The Arrow schema of a table; None of what is no table.

    Raises:
        RemoteError: If its store refuses.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with opened_blocks(container) as (pread, opened):
        head = pread(len(_ARROW_FILE), 0)
        try:
            if head.startswith(_PARQUET):
                return pq.read_schema(opened())
            return (pa.ipc.open_file if head == _ARROW_FILE else pa.ipc.open_stream)(opened()).schema
        except (pa.ArrowException, ValueError):
            return None
