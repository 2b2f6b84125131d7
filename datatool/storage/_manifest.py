"""Manifests of packs: rows under the paths of their files, whose bytes lie in the shards beside."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Container, DatasetError
from datatool.storage._ipc import checked_batch

MANIFEST_KEY: Final = b"datatool.pack"
"""Of the metadata of the schema; its value is the version."""
ARROW: Final = b"ARROW1"
_AGAIN: Final = "run datatool pack again"


class Manifest(NamedTuple):
    """What a manifest says of the bytes of its rows."""

    containers: list[Container]
    names: list[str]
    code: NDArray[np.int32]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]


def is_manifest(path: str, /) -> bool:
    """Whether an Arrow file is the manifest of a pack."""
    import pyarrow as pa

    try:
        with pa.OSFile(path) as source:
            return MANIFEST_KEY in (pa.ipc.open_file(source).schema.metadata or {})
    except (pa.ArrowException, OSError):
        return False


def read_manifest(path: str, /) -> Manifest:
    """The rows of a manifest, and the shards as they are now.

    Raises:
        DatasetError: If it is damaged, or a shard is missing or has another size than when it was written.
    """
    import pyarrow as pa

    try:
        with pa.OSFile(path) as source:
            reader = pa.ipc.open_file(source)
            batches = [checked_batch(reader.get_batch(number)) for number in range(reader.num_record_batches)]
            table, sizes = pa.Table.from_batches(batches, reader.schema), reader.schema.metadata
        shards = table.column("container").combine_chunks()
        names, code = shards.dictionary.to_pylist(), shards.indices.to_numpy().astype(np.int32)
        offset, length = (table.column(name).to_numpy() for name in ("offset", "length"))
        paths = table.column("path").to_pylist()
        written = dict(zip(names, map(int, sizes[b"datatool.sizes"].split()), strict=True))
    except (pa.ArrowException, OSError, KeyError, ValueError, AttributeError) as error:
        raise DatasetError(f"a manifest must be whole; got '{error}'", file=path, hint=_AGAIN) from None
    return Manifest([_shard(path, name, written[name]) for name in names], paths, code, offset, length)


def _shard(manifest: str, name: str, size: int) -> Container:
    path = os.path.join(os.path.dirname(os.path.abspath(manifest)), name)
    try:
        found = os.stat(path)
    except OSError as error:
        raise DatasetError(f"a shard of a pack must be there; got '{error.strerror}'", file=path, hint=_AGAIN) from None
    if found.st_size != size:
        raise DatasetError(
            f"a shard of a pack must be as it was written, {size:,} bytes; got {found.st_size:,}",
            file=path,
            hint=_AGAIN,
        )
    return Container(path, found.st_size, found.st_mtime_ns)
