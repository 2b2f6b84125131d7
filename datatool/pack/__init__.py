"""A data set written again as tar shards that WebDataset reads, under the rows, paths and order that it had.

::

    _pack.py      every shard, resumable, and the document that says all are there
    _images.py    images in the order of their shards, and their bytes, read ahead
    _shard.py     one tar, and the table that says it is whole
    _cluster.py   shards that the workers of a cluster write
    _output.py    a folder or a bucket, to which they go
    _manifest.py  lists, `dataset.yaml` and the manifests under whose names paths are found
    _unpack.py    what can only be read from front to back, as what can be read in place
    _index.py     the tables of containers
    _options.py   how shards are made
"""

from __future__ import annotations

from datatool.pack._index import index_containers
from datatool.pack._options import SHARD_BYTES, PackOptions, parse_bytes
from datatool.pack._pack import pack
from datatool.pack._unpack import check_seen_by_all, unpacked, working_folder

__all__ = [
    "SHARD_BYTES",
    "PackOptions",
    "check_seen_by_all",
    "index_containers",
    "pack",
    "parse_bytes",
    "unpacked",
    "working_folder",
]
