"""Objects on S3, GCS, Azure and HTTP(S), through obstore; extra `remote`.

_address.py  a URL as a store and a key
_client.py   the stores of this process, with retries and time-outs, and where credentials come from
_aws.py      what the shared files of AWS say, which the client does not read
_faults.py   what a store refuses, as an error of ours
_objects.py  what is asked of an object: its state, its bytes, a range of them; what lies below a prefix
_writing.py  objects that are written, and deleted
_stream.py   an object read from front to back in large ranges, for the tables of containers
_speed.py    how fast a store answers, and how many threads pay
_pool.py     threads that read ahead, within a budget of bytes
"""

from __future__ import annotations

from datatool.storage.remote._address import is_container_name, is_table_name, member_ends
from datatool.storage.remote._faults import ChangedError, RemoteError, changed
from datatool.storage.remote._objects import (
    check_unchanged,
    head_of,
    names_below,
    object_bytes,
    range_bytes,
    state_of,
)
from datatool.storage.remote._pool import IN_FLIGHT_BYTES, Budget, Pool, Ticket, each_ahead
from datatool.storage.remote._speed import StoreSpeed, store_speed
from datatool.storage.remote._stream import BlockSource, ObjectSource, copy_object
from datatool.storage.remote._writing import check_writable, delete_objects, write_new_object, write_object

__all__ = [
    "IN_FLIGHT_BYTES",
    "BlockSource",
    "Budget",
    "ChangedError",
    "ObjectSource",
    "Pool",
    "RemoteError",
    "StoreSpeed",
    "Ticket",
    "changed",
    "check_unchanged",
    "check_writable",
    "copy_object",
    "delete_objects",
    "each_ahead",
    "head_of",
    "is_container_name",
    "is_table_name",
    "member_ends",
    "names_below",
    "object_bytes",
    "range_bytes",
    "state_of",
    "store_speed",
    "write_new_object",
    "write_object",
]
