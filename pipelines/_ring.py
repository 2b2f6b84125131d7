"""Memory that this process and its worker processes share without `/dev/shm`.

An anonymous memory file (memfd_create(2)) is on no mount, so that no mount's size limits it; it is charged to the
control group of whoever touches a page first. Every page is therefore touched at the start, by the parent: too little
memory shows before the first batch and not as a killed worker in the middle of an epoch.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile

import numpy as np
from numpy.typing import NDArray

from datatool.machine import memory_limit
from datatool.schemas import LoaderError

_MIB = 1 << 20
WORKER_BYTES = 160 * _MIB  # an interpreter with numpy and OpenCV, and one decoded 12-megapixel picture


class Ring:
    """Slots of one shape, uint8.

    Args:
        num_slots: Slots.
        shape: Of each.
        handle: An open descriptor of a ring that another process made; None makes one.
    """

    def __init__(self, num_slots: int, shape: tuple[int, ...], /, *, handle: int | None = None) -> None:
        size = max(1, num_slots * math.prod(shape))
        self.handle = _anonymous_file(size) if handle is None else handle
        self._memory = mmap.mmap(self.handle, size, flags=mmap.MAP_SHARED)
        self.slots: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8, num_slots * math.prod(shape)).reshape(
            num_slots, *shape
        )
        if handle is None:
            self.slots[:] = 0

    def close(self) -> None:
        """Close the descriptor; mapped memory stays while it is referred to."""
        os.close(self.handle)


def check_memory(num_workers: int, slot_bytes: int, /, *, free: int | None = None) -> None:
    """Refuse worker processes that do not fit.

    Raises:
        LoaderError: Saying what is needed and what there is.
    """
    needed = num_workers * (WORKER_BYTES + slot_bytes)
    free_bytes = memory_limit().free if free is None else free
    if needed > free_bytes:
        raise LoaderError(
            f"{num_workers} worker processes must fit into free memory; got {free_bytes // _MIB:,} MiB free and about "
            f"{needed // _MIB:,} MiB needed",
            hint="lower num_threads, or choose workers='threads'",
        )


def _anonymous_file(size: int) -> int:
    try:
        handle = os.memfd_create("datatool-ring", os.MFD_CLOEXEC)
    except OSError:  # refused by a seccomp profile: a file without a name does the same, on a disk
        with tempfile.TemporaryFile(prefix="datatool-ring-") as file:
            handle = os.dup(file.fileno())
    os.ftruncate(handle, size)
    return handle
