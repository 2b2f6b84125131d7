"""What reading gives, wherever the bytes are."""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple, Protocol, Self


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
