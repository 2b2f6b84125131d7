"""Files to sound bytes: read, mend the end of a JPEG, refuse what is too large; shared by all engines."""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import Final, NamedTuple

from datatool.images._header import Header, read_header, with_end_marker

READ_ATTEMPTS: Final = 3  # a network file system may fail once and work a moment later
_RETRY_SECONDS: Final = 0.05
_PIXEL_BYTES: Final = 8  # four channels of 16 bits, uncompressed
_OTHER_BYTES: Final = 64 << 20  # what a file may hold beside its picture, such as a film clip
_LASTING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ELOOP})
REPAIRED: Final = "the end marker was missing"


class UnreadableError(Exception):
    """A file that cannot be used; the message says why, without the path."""


class Encoded(NamedTuple):
    """A file's bytes, sound enough for every decoder."""

    data: bytes
    header: Header
    repaired: str  # how it was mended, or nothing


def read_encoded(path: str, /, *, max_pixels: int) -> Encoded:
    """Read one picture.

    Raises:
        UnreadableError: If the file is missing, empty, or too large by its size or its header.
    """
    data = _read(path, max_pixels * _PIXEL_BYTES + _OTHER_BYTES)
    if not data:
        raise UnreadableError("the file is empty")
    data, repaired = with_end_marker(data)
    header = read_header(data)
    check_pixels(header.width * header.height, max_pixels)
    return Encoded(data, header, REPAIRED if repaired else "")


def check_pixels(pixels: int, max_pixels: int, /) -> None:
    """Refuse a picture of too many pixels.

    Raises:
        UnreadableError: If there are more than ``max_pixels``.
    """
    if pixels > max_pixels:
        raise UnreadableError(f"it has {pixels:,} pixels, more than max_pixels {max_pixels:,}")


def _read(path: str, max_bytes: int) -> bytes:
    for attempt in range(READ_ATTEMPTS):
        try:
            return _read_once(path, max_bytes)
        except OSError as error:
            if error.errno in _LASTING or attempt == READ_ATTEMPTS - 1:
                raise UnreadableError(f"the system refused to read it: {error.strerror}") from None
            time.sleep(_RETRY_SECONDS * 2**attempt)
        except ValueError:  # a NUL in the path
            raise UnreadableError("the path holds a NUL character") from None
    raise AssertionError


def _read_once(path: str, max_bytes: int) -> bytes:
    """Bare system calls: a third of the cost of a file object."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not be waited for
    try:
        found = os.fstat(handle)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):  # the system refuses folders itself
            raise UnreadableError("it is a pipe or a device")
        size = found.st_size
        if size > max_bytes:
            raise UnreadableError(f"it has {size:,} bytes, more than a picture of max_pixels needs")
        data = os.read(handle, size + 1)
        if len(data) == size:
            return data
        parts = [data]
        while part := os.read(handle, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)
