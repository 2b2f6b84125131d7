"""The one door to the bytes of images: nothing else opens, stats or looks for an image.

_door.py        what is asked of an image, wherever its bytes are: read, opened, stat'ed, looked for
_locator.py     where an image lies: its root and its path, joined; or a member of a container, with its place
_streams.py     what reading gives
_local.py       files of this machine that are images themselves
_handles.py     open containers, and members read from them by place
_members.py     tables of members of containers
_ipc.py         record batches of Arrow files, checked before their offsets are believed
_kept_tables.py such tables on disk
_tar.py         members of a plain tar
_zip.py         stored members of a zip
_manifest.py    rows of a pack, whose bytes lie in its shards
_source.py      bytes that are read by place, as a file
_remote_places.py  what a plain URL leads to
_remote_tables.py  tables on buckets with images inside
_row_names.py   what rows of tables are called
_ahead.py       images in object stores, asked for before they are needed
copies/         whole containers and plans of buckets, copied to this machine
cache/          encoded images of object stores, kept on a local disk
remote/         objects on S3, GCS, Azure and HTTP(S)
_table_rows.py  rows of Parquet and Arrow files with images inside
places/         where the bytes of such rows lie
_instead.py     what lies where a missing file was looked for
_first.py       whether any of the first images is where a list says
"""

from __future__ import annotations

from datatool.storage._ahead import Loaded, ReadAhead, ReadCounts, Uses, is_remote, let_go, loaded
from datatool.storage._door import exists, is_file, open_stream, read, read_head, signature
from datatool.storage._first import NUM_FIRST, missing_first
from datatool.storage._handles import check_containers
from datatool.storage._instead import Instead, instead_of, names_in, neighbour
from datatool.storage._ipc import checked_batch
from datatool.storage._kept_tables import load_table, tables_folder, written_to_cache
from datatool.storage._locator import Locator, Member, locate, locate_all, locate_rows, moved
from datatool.storage._manifest import MANIFEST_KEY, SHRUNK_KEY
from datatool.storage._members import (
    Members,
    compression_of,
    container_of,
    format_of,
    is_container,
    keep_members,
    members_of,
)
from datatool.storage._row_names import row_name
from datatool.storage._source import opened_blocks, opened_object
from datatool.storage._streams import Signature, StorageError
from datatool.storage._table_rows import TablePlaces, in_table, table_places
from datatool.storage._tar import InPiecesError
from datatool.storage.cache import ByteCache, open_cache
from datatool.storage.copies import fetch_container, is_plan, open_plan, plan_files
from datatool.storage.places import NotInPlaceError
from datatool.storage.remote import (
    ChangedError,
    RemoteError,
    check_writable,
    copy_object,
    delete_objects,
    each_ahead,
    is_container_name,
    is_table_name,
    names_below,
    object_bytes,
    store_speed,
    write_new_object,
    write_object,
)

__all__ = [
    "MANIFEST_KEY",
    "NUM_FIRST",
    "SHRUNK_KEY",
    "ByteCache",
    "ChangedError",
    "InPiecesError",
    "Instead",
    "Loaded",
    "Locator",
    "Member",
    "Members",
    "NotInPlaceError",
    "ReadAhead",
    "ReadCounts",
    "RemoteError",
    "Signature",
    "StorageError",
    "TablePlaces",
    "Uses",
    "check_containers",
    "check_writable",
    "checked_batch",
    "compression_of",
    "container_of",
    "copy_object",
    "delete_objects",
    "each_ahead",
    "exists",
    "fetch_container",
    "format_of",
    "in_table",
    "instead_of",
    "is_container",
    "is_container_name",
    "is_file",
    "is_plan",
    "is_remote",
    "is_table_name",
    "keep_members",
    "let_go",
    "load_table",
    "loaded",
    "locate",
    "locate_all",
    "locate_rows",
    "members_of",
    "missing_first",
    "moved",
    "names_below",
    "names_in",
    "neighbour",
    "object_bytes",
    "open_cache",
    "open_plan",
    "open_stream",
    "opened_blocks",
    "opened_object",
    "plan_files",
    "read",
    "read_head",
    "row_name",
    "signature",
    "store_speed",
    "table_places",
    "tables_folder",
    "write_new_object",
    "write_object",
    "written_to_cache",
]
