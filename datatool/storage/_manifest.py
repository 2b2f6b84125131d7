"""Manifests of packs: rows under the paths of their files, whose bytes lie in the shards beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Container, DatasetError, is_url, join_place, parent_place
from datatool.storage._ipc import checked_batch
from datatool.storage.remote import each_ahead

MANIFEST_KEY: Final = b"datatool.pack"
"""Of the metadata of the schema; its value is the version."""
ARROW: Final = b"ARROW1"
SHRUNK_KEY: Final = b"datatool.shrunk"
"""Of the same metadata; how the pictures were made smaller, where they were."""
_AGAIN: Final = "run datatool pack again"


class Manifest(NamedTuple):
    """What a manifest says of the bytes of its rows; ``shrunk`` is empty where they are those of the first files."""

    containers: list[Container]
    names: list[str]
    code: NDArray[np.int32]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    shrunk: str


def is_manifest(path: str, /) -> bool:
    """Whether an Arrow file is the manifest of a pack."""
    import pyarrow as pa

    try:
        with pa.OSFile(path) as source:
            return holds_manifest(source)
    except OSError:
        return False


def holds_manifest(source: Any, /) -> bool:
    """Whether what Arrow opened is the manifest of a pack."""
    import pyarrow as pa

    try:
        return MANIFEST_KEY in (pa.ipc.open_file(source).schema.metadata or {})
    except pa.ArrowException:
        return False


def read_manifest(path: str, /, *, opened: Any, state_of: Callable[[str], Container]) -> Manifest:
    """The rows of a manifest, and the shards as they are now.

    Args:
        path: Of the manifest, or its URL.
        opened: The same as Arrow opened it; it is closed.
        state_of: A shard, by its path or URL -> as it is now.

    Raises:
        DatasetError: If it is damaged, or a shard is missing or has another size than when it was written.
    """
    import pyarrow as pa

    try:
        with opened as source:
            reader = pa.ipc.open_file(source)
            batches = [checked_batch(reader.get_batch(number)) for number in range(reader.num_record_batches)]
            table, told = pa.Table.from_batches(batches, reader.schema), reader.schema.metadata
        coded = table.column("container").combine_chunks()
        names, code = coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int32)
        offset, length = (table.column(name).to_numpy() for name in ("offset", "length"))
        paths = table.column("path").to_pylist()
        written = dict(zip(names, map(int, told[b"datatool.sizes"].split()), strict=True))
        shrunk = told.get(SHRUNK_KEY, b"").decode()
    except (pa.ArrowException, OSError, KeyError, ValueError, AttributeError) as error:
        raise DatasetError(f"a manifest must be whole; got '{error}'", file=path, hint=_AGAIN) from None
    beside = [(join_place(parent_place(path), name), written[name]) for name in names]
    each = each_ahead if is_url(path) else map
    shards = list(each(lambda one: _shard(one[0], one[1], state_of), beside))
    return Manifest(shards, paths, code, offset, length, shrunk)


def _shard(path: str, size: int, state_of: Callable[[str], Container]) -> Container:
    try:
        found = state_of(path)
    except OSError as error:
        raise DatasetError(f"a shard of a pack must be there; got '{error.strerror}'", file=path, hint=_AGAIN) from None
    if found.size != size:
        raise DatasetError(
            f"a shard of a pack must be as it was written, {size:,} bytes; got {found.size:,}", file=path, hint=_AGAIN
        )
    return found
