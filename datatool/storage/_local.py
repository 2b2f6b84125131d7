"""Files of this machine that are images themselves."""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import Final

from datatool.storage._locator import Locator
from datatool.storage._streams import ByteStream, StorageError

READ_ATTEMPTS: Final = 3  # a network file system may fail once and work a moment later
_RETRY_SECONDS: Final = 0.05
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe must not be waited for
_LASTING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ELOOP})


def open_file(locator: Locator, /) -> ByteStream:
    """Open for reading in parts, unbuffered.

    Raises:
        OSError: If it cannot be opened.
        StorageError: If it is a pipe or a device.
    """
    return open(locator, "rb", buffering=0, opener=lambda path, _: _opened(path))


def read_file(locator: Locator, /, *, max_bytes: int) -> bytes:
    """Read a whole file; what a network file system refuses once is asked for again.

    Raises:
        NotADirectoryError: If a part of its path is a file: it may be a container.
        StorageError: If it is not there, is no file, cannot be read, or has more than ``max_bytes``.
    """
    for attempt in range(READ_ATTEMPTS):
        try:
            return _read_once(locator, max_bytes)
        except NotADirectoryError:
            raise
        except OSError as error:
            if error.errno in _LASTING or attempt == READ_ATTEMPTS - 1:
                raise StorageError(f"the system refused to read it: {error.strerror}") from None
            time.sleep(_RETRY_SECONDS * 2**attempt)
        except ValueError:  # a NUL in the path
            raise StorageError("the path holds a NUL character") from None
    raise AssertionError


def _read_once(path: str, max_bytes: int) -> bytes:
    """Bare system calls: a third of the cost of a file object."""
    handle = os.open(path, _FLAGS)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            _check_kind(found.st_mode)
        size = found.st_size
        if size > max_bytes:
            raise StorageError(f"it has {size:,} bytes, more than a picture of max_pixels needs")
        data = os.read(handle, size + 1)
        if len(data) == size:
            return data
        parts = [data]
        while part := os.read(handle, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)


def _opened(path: str) -> int:
    handle = os.open(path, _FLAGS)
    try:
        _check_kind(os.fstat(handle).st_mode)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _check_kind(mode: int) -> None:
    """Refuse what is no ordinary file; folders are refused by the system, which says so itself."""
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise StorageError("it is a pipe or a device")
