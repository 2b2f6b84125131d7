"""The one door to the bytes of images: nothing else opens, stats or looks for an image.

    _locator.py     where an image lies: its root and its path, joined
    _local.py       files of this machine: read whole, opened, stat'ed, looked for
    _table_rows.py  rows of Parquet and Arrow files with images inside
    _instead.py     what lies where a missing file was looked for
    _first.py       whether any of the first images is where a list says

Another place for bytes (a member of a shard, an object of a bucket) becomes a module beside `_local.py`.
"""

from __future__ import annotations

from datatool.storage._first import NUM_FIRST, missing_first
from datatool.storage._instead import Instead, instead_of, neighbour
from datatool.storage._local import Signature, StorageError, exists, is_file, open_stream, read, read_head, signature
from datatool.storage._locator import Locator, locate, locate_all
from datatool.storage._table_rows import in_table, row_name

__all__ = [
    "NUM_FIRST",
    "Instead",
    "Locator",
    "Signature",
    "StorageError",
    "exists",
    "in_table",
    "instead_of",
    "is_file",
    "locate",
    "locate_all",
    "missing_first",
    "neighbour",
    "open_stream",
    "read",
    "read_head",
    "row_name",
    "signature",
]
