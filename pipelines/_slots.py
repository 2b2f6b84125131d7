"""Memory of batches: page-aligned, used again once nothing refers to it any more, never sooner.

Fresh memory for every batch costs a page fault for each 4 KiB, a few per cent of the loader's time.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import weakref
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray


class SlotPool:
    """Buffers of one shape and type.

    `take` lends an array; when it, its views and every tensor made from it by DLPack are gone, the buffer comes back.

    Args:
        shape: Of a whole batch.
        dtype: Of one element.
        keep: Buffers that may lie idle.
    """

    def __init__(self, shape: tuple[int, ...], /, *, dtype: Any = np.uint8, keep: int) -> None:
        self._shape = shape
        self._dtype = np.dtype(dtype)
        self._free: deque[mmap.mmap] = deque(maxlen=keep)

    def take(self, length: int, /) -> NDArray[Any]:
        """Lend an array of (length, ...) and unknown content."""
        size = max(1, math.prod(self._shape) * self._dtype.itemsize)
        try:
            memory = self._free.pop()
        except IndexError:
            memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        # Every view keeps this ctypes object alive, whatever numpy makes its base.
        owner = (ctypes.c_uint8 * size).from_buffer(memory)
        weakref.finalize(owner, self._free.append, memory).atexit = False
        return np.frombuffer(memoryview(owner), self._dtype, math.prod(self._shape)).reshape(self._shape)[:length]
