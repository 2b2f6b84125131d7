"""Bytes that are read by place, as a file that the standard library or Arrow reads."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from typing import Any

from datatool.schemas import Container
from datatool.storage._tar import Pread
from datatool.storage.remote import BlockSource, ObjectSource


class SourceFile(io.RawIOBase):
    """A file over a function that reads at places.

    Args:
        pread: (bytes, place) -> the bytes.
        size: Of the whole, in bytes.
    """

    def __init__(self, pread: Pread, size: int, /) -> None:
        self._pread = pread
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """True: it is for reading."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place, see `io.IOBase`."""
        self._at = max(0, {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence] + offset)
        return self._at

    def tell(self) -> int:
        """The place."""
        return self._at

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer, see `io.RawIOBase`."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._pread(len(view), self._at) if self._at < self._size else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


@contextlib.contextmanager
def opened_object(container: Container, /) -> Iterator[tuple[Pread, Any]]:
    """An object that is read by ranges: a function of (bytes, place), and the same as a file of Arrow.

    Raises:
        ChangedError: If it is another by now, in what is read of it.
    """
    import pyarrow as pa

    source = ObjectSource(container)
    try:
        yield source.pread, pa.PythonFile(SourceFile(source.pread, container.size), mode="r")
    finally:
        source.close()


@contextlib.contextmanager
def opened_blocks(container: Container, /) -> Iterator[tuple[Pread, Callable[[], Any]]]:
    """The same for few places far from one another: small ranges, and nothing ahead.

    Yields:
        A function of (bytes, place), and one that makes a file of Arrow.
    """
    import pyarrow as pa

    pread = BlockSource(container).pread
    yield pread, lambda: pa.PythonFile(SourceFile(pread, container.size), mode="r")
