"""An object read from front to back in large ranges, several ahead: for the tables of containers.

A walk from header to header costs one round trip for each member; ranges of 8 MiB cost a thousandth of that wherever
members are smaller than what a round trip could bring.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from datatool.schemas import Container
from datatool.storage.remote._objects import range_bytes
from datatool.storage.remote._pool import Pool, Ticket

WINDOW: Final = 8 << 20
_AHEAD: Final = 8  # windows: 64 MiB held
_BLOCK: Final = 64 << 10  # bytes: a footer, or what lies around a header
_BLOCKS: Final = 64  # held


class ObjectSource:
    """Reads an object at places that mostly ascend.

    Args:
        container: The object, as it must stay.
    """

    def __init__(self, container: Container, /) -> None:
        self._container = container
        self._pool = Pool(_AHEAD)
        self._asked: OrderedDict[int, Ticket[bytes]] = OrderedDict()
        self._held: tuple[int, bytes] = (-1, b"")
        self._ahead = 1

    def pread(self, length: int, offset: int, /) -> bytes:
        """Bytes at a place; fewer at the end, as `os.pread` has it."""
        length = min(length, self._container.size - offset)
        parts = []
        while length > 0:
            number, inside = divmod(offset, WINDOW)
            part = self._window(number)[inside : inside + length]
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Ask for no more."""
        self._asked.clear()
        self._pool.close()

    def _window(self, number: int) -> bytes:
        held, data = self._held
        if held == number:
            return data
        self._ahead = min(2 * self._ahead, _AHEAD) if number == held + 1 else 1
        for old in [asked for asked in self._asked if not number <= asked < number + _AHEAD]:
            del self._asked[old]
        for wanted in range(number, number + self._ahead):
            if wanted * WINDOW < self._container.size and wanted not in self._asked:
                self._asked[wanted] = self._pool.submit(self._reader(wanted))
        data = self._asked.pop(number).take()
        self._held = (number, data)
        return data

    def _reader(self, number: int) -> Callable[[Ticket[bytes]], bytes]:
        container, start = self._container, number * WINDOW
        length = min(WINDOW, container.size - start)
        return lambda _: range_bytes(container, start, length)


class BlockSource:
    """Reads an object at a few places far from one another, such as footers and headers.

    Args:
        container: The object, as it must stay.
    """

    def __init__(self, container: Container, /) -> None:
        self._container = container
        self._block = lru_cache(maxsize=_BLOCKS)(self._read)

    def pread(self, length: int, offset: int, /) -> bytes:
        """Bytes at a place; fewer at the end, as `os.pread` has it."""
        length = max(0, min(length, self._container.size - offset))
        if length > _BLOCK:
            return range_bytes(self._container, offset, length)
        number, inside = divmod(offset, _BLOCK)
        data = self._block(number)[inside : inside + length] if length else b""
        return data if len(data) == length else data + self.pread(length - len(data), offset + len(data))

    def _read(self, number: int) -> bytes:
        start = number * _BLOCK
        return range_bytes(self._container, start, min(_BLOCK, self._container.size - start))


def copy_object(container: Container, file: Path, /) -> None:
    """Write an object to a file of this machine, several ranges ahead.

    Raises:
        ChangedError: If it is another by now.
        FileNotFoundError, RemoteError: If the store does not give it.
    """
    source = ObjectSource(container)
    try:
        with file.open("wb") as sink:
            for start in range(0, container.size, WINDOW):
                sink.write(source.pread(WINDOW, start))
    finally:
        source.close()
