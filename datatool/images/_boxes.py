"""Boxes of the ISO base media file format, which AVIF and JPEG 2000 are packed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_BOXES: Final = 1000  # in a row; a picture has a few dozen


class Box(NamedTuple):
    """Its kind, and where its content lies."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, start: int, end: int, /) -> Iterator[Box]:
    """Boxes of a stretch of bytes; the last may be cut short.

    Raises:
        ValueError: If one is smaller than its own header, or there are more than `MAX_BOXES`.
    """
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        size, kind, head = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if size < head:
            raise ValueError
        yield Box(kind, start + head, min(start + size, end))
        start += size
    raise ValueError


def brands(data: bytes, box: Box, /) -> list[bytes]:
    """What a file type box says the file is."""
    return [data[box.start : box.start + 4], *(data[at : at + 4] for at in range(box.start + 8, box.end, 4))]
