"""Containers that are open: one descriptor for each, shared by all threads, since `pread` has no position."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Final

from datatool.schemas import Container, Span, is_url
from datatool.storage.remote import changed, check_unchanged, range_bytes

_MOST: Final = 256  # open containers; a process may hold 1,024 files by default
_open: dict[str, _Handle] = {}  # looked up without the lock: that is one step
_lock = threading.Lock()


class _Handle:
    """A descriptor that is closed when nobody reads from it any more."""

    def __init__(self, path: str) -> None:
        self.number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        number = getattr(self, "number", None)
        if number is not None:
            os.close(number)


def read_span(span: Span, /) -> bytes:
    """The bytes of a member.

    Raises:
        ChangedError: If the container has another size or modification time than it had.
        OSError: If it cannot be read.
        RemoteError: If its store refuses.
    """
    container, offset, length = span
    handle = _open.get(container.path)
    if handle is not None:
        found = os.fstat(handle.number)  # a microsecond; the whole read takes ten
        if found.st_mtime_ns != container.mtime or found.st_size != container.size:
            handle = None
    if handle is None:
        if is_url(container.path):
            return range_bytes(container, offset, length)
        handle = _opened(container)
    data = os.pread(handle.number, length, offset)
    while len(data) < length:  # the system gives up to 2 GiB at once
        more = os.pread(handle.number, length - len(data), offset + len(data))
        if not more:
            raise changed(container, "it is shorter")
        data += more
    return data


def check_container(container: Container, found: os.stat_result, /) -> None:
    """Compare a container with what it was.

    Raises:
        ChangedError: If it is another.
    """
    if found.st_size != container.size:
        raise changed(container, f"{found.st_size:,} bytes instead of {container.size:,}")
    if found.st_mtime_ns != container.mtime:
        raise changed(container, "another modification time")


def check_containers(containers: Iterable[Container], /) -> None:
    """Compare containers of a plan with those on disk or in a bucket, before anything starts.

    Raises:
        ChangedError: If one is another; one that is missing is for the first read to tell.
        RemoteError: If a store refuses.
    """
    containers = list(containers)
    check_unchanged([container for container in containers if is_url(container.path)])
    for container in containers:
        if is_url(container.path):
            continue
        try:
            found = os.stat(container.path)
        except OSError:
            continue
        check_container(container, found)


def _opened(container: Container) -> _Handle:
    """Open a container anew: it is not open, or what is open is another file than is there now."""
    handle = _Handle(container.path)
    check_container(container, os.fstat(handle.number))
    with _lock:
        _open[container.path] = handle
        if len(_open) > _MOST:
            del _open[next(iter(_open))]  # closed once nobody reads from it
    return handle
