"""Tables of containers in the user's cache folder, so that a large container is read for its table once.

A table serves a container of the same path, size, modification time and ETag only; its own digest, the bounds of its
places and a sample of tar headers are checked before it is believed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import ConfigError, Container, DatatoolError, atomic_file, is_url, user_cache
from datatool.storage._tar import BLOCK, is_tar_header

_LOG: Final = logging.getLogger("datatool.storage")
_KEY: Final = b"datatool.table"
_VERSION: Final = "datatool.table/1"
_SAMPLE: Final = 16  # members of a tar whose headers are looked at
_TAR: Final = "tar"
ROWS: Final = "rows"
"""The format of a table of images; its rows have no names here, and one that holds nothing has the offset -1."""


class KeptTable(NamedTuple):
    """What a container holds.

    Attributes:
        format: ``tar``, ``zip`` or `ROWS`.
        names: N names, as the container has them.
        offset: int64 (N,), bytes.
        length: int64 (N,), bytes.
        notes: What was left out or merged -> how often, with the first name.
        barred: (name, reason) of members left out.
        kept: Offset -> bytes of small members that were taken along.
    """

    format: str
    names: list[str]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    notes: dict[str, tuple[int, str]]
    barred: Sequence[tuple[str, str]]
    kept: Mapping[int, bytes]


def tables_folder() -> Path:
    """Where tables are kept: under ``$XDG_CACHE_HOME``."""
    return user_cache() / "shards"


@contextlib.contextmanager
def written_to_cache() -> Iterator[Path]:
    """The user's cache folder, for what must be kept there.

    Raises:
        ConfigError: If nothing can be written to it.
    """
    home = tables_folder().parent
    try:
        yield home
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        raise ConfigError(
            f"the cache folder must be one to write to; got '{home}': {error.strerror}",
            hint="set XDG_CACHE_HOME to another folder",
        ) from None


def load_table(container: Container, /, *, part: str = "") -> KeptTable | None:
    """The table of a container as it is now; None where none is kept that can be believed.

    Args:
        container: A container; or a table with images inside.
        part: The column of a table.
    """
    import pyarrow as pa

    try:
        with pa.OSFile(str(_file(container, part))) as source:
            reader = pa.ipc.open_file(source)
            told = json.loads(reader.schema.metadata[_KEY])
            if told["container"] != list(container) or told["schema"] != _VERSION or told.get("part", "") != part:
                return None
            table = reader.read_all().combine_chunks()
        found = _table(table, told)
        return found if told["digest"] == _digest(table) and _fits(found, container) else None
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def keep_table(container: Container, table: KeptTable, /, *, part: str = "") -> bool:
    """Keep a table; returns whether that was possible."""
    import pyarrow as pa

    kept = [table.kept.get(offset) for offset in table.offset.tolist()] if table.kept else [None] * len(table.names)
    columns = {
        "name": pa.array([name.encode("utf-8", "surrogateescape") for name in table.names], pa.large_binary()),
        "offset": pa.array(table.offset, pa.int64()),
        "length": pa.array(table.length, pa.int64()),
        "kept": pa.array(kept, pa.large_binary()),
    }
    made = pa.table(columns)
    told = {
        "schema": _VERSION,
        "container": list(container),
        "part": part,
        "format": table.format,
        "notes": table.notes,
        "barred": list(table.barred),
        "digest": _digest(made),
    }
    made = made.replace_schema_metadata({_KEY: json.dumps(told).encode()})
    try:
        with (
            atomic_file(_file(container, part), alone=True) as temporary,
            pa.OSFile(str(temporary), "wb") as sink,
            pa.ipc.new_file(sink, made.schema) as writer,
        ):
            writer.write_table(made)
    except (OSError, DatatoolError) as error:
        _LOG.debug("the table of %s is not kept: %s", container.path, error)
        return False
    return True


def _file(container: Container, part: str) -> Path:
    named = "\0".join(filter(None, (container.path, part))).encode("utf-8", "surrogateescape")
    return tables_folder() / f"{hashlib.blake2b(named, digest_size=16).hexdigest()}.arrow"


def _digest(table: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for column in table.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                digest.update(b"-" if buffer is None else memoryview(buffer))
    return digest.hexdigest()


def _table(table: Any, told: Mapping[str, Any]) -> KeptTable:
    names = [name.decode("utf-8", "surrogateescape") for name in table.column("name").to_pylist()]
    offset, length = (table.column(name).to_numpy() for name in ("offset", "length"))
    kept = zip(offset.tolist(), table.column("kept").to_pylist(), strict=True)
    return KeptTable(
        format=told["format"],
        names=names,
        offset=offset,
        length=length,
        notes={reason: (int(count), str(first)) for reason, (count, first) in told["notes"].items()},
        barred=[(str(name), str(reason)) for name, reason in told["barred"]],
        kept={place: data for place, data in kept if data is not None},
    )


def _fits(found: KeptTable, container: Container) -> bool:
    """Whether places lie in the container, and a sample of a tar's members begin behind a header."""
    least = -1 if found.format == ROWS else 0  # of a row that holds nothing
    if (found.offset < least).any() or (found.length < 0).any() or (found.offset + found.length > container.size).any():
        return False
    if found.format != _TAR or is_url(container.path) or not len(found.offset):
        return True
    handle = os.open(container.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        sample = found.offset[np.unique(np.linspace(0, len(found.offset) - 1, _SAMPLE).astype(np.int64))]
        return all(is_tar_header(os.pread(handle, BLOCK, max(0, offset - BLOCK))) for offset in sample.tolist())
    finally:
        os.close(handle)
