"""Definition levels of a page: which of its values are there.

https://parquet.apache.org/docs/file-format/data-pages/encodings/: runs of one level, and groups of eight packed ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.storage.places._places import NotInPlaceError


def present(data: bytes, count: int, highest: int, /) -> NDArray[np.bool_]:
    """Which of ``count`` values have the highest level.

    Raises:
        NotInPlaceError: If the levels end too early.
    """
    width = highest.bit_length()
    found = np.zeros(count, np.bool_)
    at = done = 0
    while done < count:
        head, at = _varint(data, at)
        if head & 1:
            size = (head >> 1) * width
            levels = _packed(data[at : at + size], width)[: count - done]
        else:
            size = -(-width // 8)
            run = min(head >> 1, count - done)
            levels = np.full(run, int.from_bytes(data[at : at + size], "little"))
        if at + size > len(data) or not len(levels):
            raise NotInPlaceError("damaged definition levels")
        found[done : done + len(levels)] = levels == highest
        at, done = at + size, done + len(levels)
    return found


def _packed(data: bytes, width: int) -> NDArray[np.int64]:
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    levels = bits[: len(bits) // width * width].reshape(-1, width).astype(np.int64)
    return np.asarray(levels @ (1 << np.arange(width)), np.int64)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise NotInPlaceError("damaged definition levels")
