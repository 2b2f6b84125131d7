"""Whole containers of object stores, copied once to a disk of this machine: by far the cheapest where they fit."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Final

from datatool.progress import progress
from datatool.schemas import ConfigError, Container, atomic_file, is_url
from datatool.storage._ahead import stamp_of
from datatool.storage._members import is_container, members_of
from datatool.storage.remote import copy_object, is_table_name, state_of

_MARGIN: Final = 1 << 30  # bytes of the disk that are left to others


def fetch_container(path: str, /, *, folder: Path) -> str:
    """The copy of a container, of the manifest of a pack with its shards; one that lies on this machine is its own.

    The copy lies under the bucket and key of its object and has a modification time that tells the object's ETag, so
    that it is made again only where the object is another.

    Args:
        path: Of a container, or its URL.
        folder: Where copies lie.

    Raises:
        ConfigError: If the disk is too small.
        FileNotFoundError, RemoteError: If the store does not give it.
    """
    if not is_url(path):
        return path
    if is_table_name(path):
        if not is_container(path):
            return path
        for shard in members_of(path).containers:
            fetch_container(shard.path, folder=folder)
    copy = folder / path.partition("://")[2]
    fetch_object(path, copy, folder=folder, rule="--fetch must have room for all shards")
    return str(copy)


def fetch_object(url: str, copy: Path, /, *, folder: Path, rule: str) -> None:
    """Copy an object to a file, unless the file is its copy by size and ETag.

    Args:
        url: Of the object.
        copy: The file.
        folder: Above it, whose disk needs the room.
        rule: What a message says of that.

    Raises:
        As `fetch_container`.
    """
    state = state_of(url, fresh=True)
    if _is_copy(copy, state):
        return
    _check_room(folder, state, rule)
    try:
        with progress(f"fetching {copy.name}", total=1, unit="files") as advance:
            _copy(state, copy)
            advance(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ConfigError(f"{rule}; got none left in '{folder}'") from None


def _copy(state: Container, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(copy) as temporary:
        copy_object(state, temporary)
        os.utime(temporary, ns=(stamp_of(state), stamp_of(state)))


def _is_copy(copy: Path, state: Container) -> bool:
    try:
        found = copy.stat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (state.size, stamp_of(state))


def _check_room(folder: Path, state: Container, rule: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if state.size + _MARGIN > free:
        raise ConfigError(
            f"{rule}; got {free >> 20:,} MiB free in '{folder}' and {state.size >> 20:,} MiB in '{state.path}'",
            hint="name a larger disk, or read in place",
        )
