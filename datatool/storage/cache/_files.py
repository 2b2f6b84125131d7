"""The two files of a byte cache, their header, and locks that end with their process."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from datatool.storage.cache._sets import ENTRY, Entries

SLAB: Final = "bytes.slab"
INDEX: Final = "bytes.index"
_HEADER: Final = struct.Struct("<16sQQQQ")  # magic, sets, bytes of a region, entries of a set, session
_MAGIC: Final = b"datatool.bytes/1"
_REGION: Final = 4 << 20  # 150 images of 28 kB: a set chooses among enough
_BYTES_PER_ENTRY: Final = 8 << 10
_LEAST_ENTRIES: Final = 64
_AGAIN_SECONDS: Final = 0.001  # a set is held for some 50 microseconds
_USERS, _FIRST_SET = 0, 1  # bytes of the index that locks stand for


class CacheFiles:
    """Slab and index, open.

    Args:
        folder: That holds them.
        budget: Bytes of the slab, where there is none yet or nobody uses the one there is.

    Attributes:
        session: A number that changes when a process opens the files and no other has them open.

    Raises:
        OSError: If they cannot be made, or there is no room.
    """

    num_sets: int
    region_bytes: int
    num_entries: int
    session: int

    def __init__(self, folder: Path, budget: int, /) -> None:
        self._slab = os.open(folder / SLAB, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._index = os.open(folder / INDEX, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            self._begin(budget)
        except BaseException:
            self.close()
            raise
        self._locks = [threading.Lock() for _ in range(min(self.num_sets, 1024))]

    def close(self) -> None:
        """Let go of the files, which stay."""
        os.close(self._slab)
        os.close(self._index)

    def region(self, number: int, /) -> tuple[int, int]:
        """Where the bytes of a set lie in the slab."""
        return number * self.region_bytes, (number + 1) * self.region_bytes

    @contextmanager
    def locked(self, number: int, /) -> Iterator[Entries]:
        """The entries of a set, which nobody else changes meanwhile."""
        with self._locks[number % len(self._locks)]:
            _lock(self._index, _FIRST_SET + number)
            try:
                yield self._entries(number)
            finally:
                fcntl.lockf(self._index, fcntl.LOCK_UN, 1, _FIRST_SET + number)

    def read(self, offset: int, length: int, /) -> bytes:
        """Bytes of the slab; fewer where it is cut."""
        return os.pread(self._slab, length, offset)

    def write(self, data: bytes, offset: int, /) -> None:
        """Put bytes into the slab."""
        _write(self._slab, data, offset)

    def set_entry(self, number: int, slot: int, data: bytes | None, /) -> None:
        """Write an entry; None clears it."""
        at = self._place(number) + slot * ENTRY.itemsize
        _write(self._index, bytes(ENTRY.itemsize) if data is None else data, at)

    def _begin(self, budget: int) -> None:
        """Take the files over as they are, or make them anew where no other process has them open."""
        try:
            fcntl.lockf(self._index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _USERS)
        except OSError:
            fcntl.lockf(self._index, fcntl.LOCK_SH, 1, _USERS)  # others have them, who may be making them
            if not self._take_over():
                raise OSError(5, "its files are damaged, and used by another process") from None
            return
        if not self._take_over() or self._geometry != _geometry(budget) or not self._is_whole():
            self._make(budget)
        self.session = secrets.randbits(63)
        self._write_header()
        fcntl.lockf(self._index, fcntl.LOCK_SH, 1, _USERS)

    def _take_over(self) -> bool:
        head = os.pread(self._index, _HEADER.size, 0)
        if len(head) < _HEADER.size:
            return False
        magic, sets, region, entries, session = _HEADER.unpack(head)
        if magic != _MAGIC or not (sets and region and _LEAST_ENTRIES <= entries <= 1 << 20):
            return False
        self.num_sets, self.region_bytes, self.num_entries = int(sets), int(region), int(entries)
        self.session = int(session)
        return True

    @property
    def _geometry(self) -> tuple[int, int, int]:
        return self.num_sets, self.region_bytes, self.num_entries

    def _is_whole(self) -> bool:
        return os.fstat(self._slab).st_size == self.num_sets * self.region_bytes

    def _make(self, budget: int) -> None:
        self.num_sets, self.region_bytes, self.num_entries = _geometry(budget)
        os.ftruncate(self._index, 0)  # before anything else: no entry may speak of bytes that are not there
        os.ftruncate(self._slab, 0)
        os.posix_fallocate(self._slab, 0, self.num_sets * self.region_bytes)
        os.ftruncate(self._index, self._place(self.num_sets))

    def _write_header(self) -> None:
        head = _HEADER.pack(_MAGIC, self.num_sets, self.region_bytes, self.num_entries, self.session)
        _write(self._index, head, 0)

    def _place(self, number: int) -> int:
        return ENTRY.itemsize * (1 + number * self.num_entries)

    def _entries(self, number: int) -> Entries:
        size = self.num_entries * ENTRY.itemsize
        data = os.pread(self._index, size, self._place(number))
        return np.frombuffer(data.ljust(size, b"\0"), ENTRY)


def _geometry(budget: int) -> tuple[int, int, int]:
    """Sets, bytes of the region of each, and its entries."""
    sets = max(1, budget // _REGION)
    region = max(1, budget // sets)
    return sets, region, max(_LEAST_ENTRIES, region // _BYTES_PER_ENTRY)


def _lock(handle: int, byte: int) -> None:
    """Wait for the lock of a byte.

    Locks are those of processes: where threads of two hold one set each and others of them wait for the other's, the
    system takes it for a deadlock, which it is not, since a thread holds one set at a time.
    """
    while True:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX, 1, byte)
            return
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise
            time.sleep(_AGAIN_SECONDS)


def _write(handle: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(handle, view, offset)
        view, offset = view[done:], offset + done
