"""Files of this machine."""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

from datatool.storage._locator import Locator
from datatool.storage._table_rows import TableRow, find_row, row_bytes

READ_ATTEMPTS: Final = 3  # a network file system may fail once and work a moment later
_RETRY_SECONDS: Final = 0.05
_LASTING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ELOOP})


class StorageError(Exception):
    """Bytes that cannot be had; the message says why, without the locator."""


class Signature(NamedTuple):
    """What changes when the bytes of a locator do."""

    size: int  # bytes
    mtime: int  # nanoseconds


class ByteStream(Protocol):
    """An opened image, read from its beginning."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        ...

    def readall(self) -> bytes:
        """All that is left."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


def exists(locator: Locator, /) -> bool:
    """Whether something is there; a name that no file can have is not."""
    return os.path.exists(locator) or find_row(locator) is not None


def is_file(locator: Locator, /) -> bool:
    """Whether an ordinary file is there."""
    return os.path.isfile(locator) or find_row(locator) is not None


def signature(locator: Locator, /) -> Signature:
    """Size and modification time; of a row of a table, of its bytes and of the table.

    Raises:
        OSError: If it cannot be stat'ed.
        ValueError: If no file can have such a name.
    """
    try:
        found = os.stat(locator)
    except NotADirectoryError:
        row = _row(locator)
        return Signature(len(row_bytes(row)), row.mtime)
    return Signature(found.st_size, found.st_mtime_ns)


def open_stream(locator: Locator, /) -> ByteStream:
    """Open for reading in parts, unbuffered.

    Raises:
        OSError: If it cannot be opened.
        StorageError: If it is a pipe or a device.
    """
    try:
        return open(locator, "rb", buffering=0, opener=lambda path, _: _opened(path)[0])
    except NotADirectoryError:
        return _RowStream(row_bytes(_row(locator)))


def read_head(locator: Locator, size: int, /) -> bytes:
    """Up to ``size`` bytes from the beginning.

    Raises:
        OSError: If it cannot be read.
    """
    with open_stream(locator) as stream:
        return stream.read(size)


def read(locator: Locator, /, *, max_bytes: int) -> bytes:
    """Read a whole image; what a network file system refuses once is asked for again.

    Raises:
        StorageError: If it is not there, is no file, cannot be read, or has more than ``max_bytes``.
    """
    for attempt in range(READ_ATTEMPTS):
        try:
            return _read_once(locator, max_bytes)
        except NotADirectoryError:
            return _read_row(locator, max_bytes)
        except OSError as error:
            if error.errno in _LASTING or attempt == READ_ATTEMPTS - 1:
                raise StorageError(f"the system refused to read it: {error.strerror}") from None
            time.sleep(_RETRY_SECONDS * 2**attempt)
        except ValueError:  # a NUL in the path
            raise StorageError("the path holds a NUL character") from None
    raise AssertionError


class _RowStream(io.BytesIO):
    """The bytes of a row."""

    def readall(self) -> bytes:
        return self.read()


def _row(locator: Locator) -> TableRow:
    """The row that a locator names whose path leads through a file."""
    row = find_row(locator)
    if row is None:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), locator)
    return row


def _read_row(locator: Locator, max_bytes: int) -> bytes:
    try:
        data = row_bytes(_row(locator))
    except OSError as error:
        raise StorageError(f"the system refused to read it: {error.strerror}") from None
    if len(data) > max_bytes:
        raise StorageError(f"it has {len(data):,} bytes, more than a picture of max_pixels needs")
    return data


def _read_once(path: str, max_bytes: int) -> bytes:
    """Bare system calls: a third of the cost of a file object."""
    handle, size = _opened(path)
    try:
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


def _opened(path: str) -> tuple[int, int]:
    """Handle and size of an ordinary file, or of a folder, which the system refuses to read."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not be waited for
    found = os.fstat(handle)
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        os.close(handle)
        raise StorageError("it is a pipe or a device")
    return handle, found.st_size
