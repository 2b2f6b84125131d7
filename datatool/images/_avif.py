"""AVIF: the largest of the sizes its boxes give, and of the sizes of the AV1 frames inside, which may be larger."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from datatool.images._boxes import Box, boxes, brands
from datatool.images._header import Header, HeaderError

_SEQUENCE_HEADER: Final = 1  # type of an open bitstream unit
_MAX_UNITS: Final = 1000  # of one coded picture; encoders write a handful
_MAX_ITEMS: Final = 1000  # a grid has 256 tiles at most in practice


def avif(data: bytes, /) -> Header:
    """Size of the picture; of a grid, the size of the whole.

    Sequences are not read: their frames are found through tables that this reader does not follow.
    """
    first, *others = boxes(data, 0, len(data))
    if first.kind != b"ftyp" or b"avif" not in brands(data, first):
        return Header("", 0, 0)
    if b"avis" in brands(data, first) or any(box.kind == b"moov" for box in others):
        raise HeaderError("it is an AVIF sequence, which no engine reads")
    [meta] = [box for box in others if box.kind == b"meta"]
    inside = list(boxes(data, meta.start + 4, meta.end))
    sizes = [
        struct.unpack_from(">II", data, size.start + 4)
        for properties in _named(inside, b"iprp")
        for container in _named(boxes(data, properties.start, properties.end), b"ipco")
        for size in _named(boxes(data, container.start, container.end), b"ispe")
    ]
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    frames = [_frame_pixels(coded) for coded in _coded(data, inside)]
    # A picture and its mask, or the tiles of a grid, are decoded one and all; a mask is no reason to refuse.
    return Header("avif", width, height, parts=max(*frames, sum(frames) // 2, 0))


def _named(found: Iterator[Box] | list[Box], kind: bytes) -> list[Box]:
    return [box for box in found if box.kind == kind]


class _Reader:
    """Big-endian numbers, one after another."""

    def __init__(self, data: bytes, place: int, /) -> None:
        self._data = data
        self._place = place

    def take(self, size: int, /) -> int:
        """The next ``size`` bytes; nothing is 0."""
        if self._place + size > len(self._data):
            raise ValueError
        number = int.from_bytes(self._data[self._place : self._place + size], "big")
        self._place += size
        return number


def _coded(data: bytes, meta: list[Box]) -> Iterator[bytes]:
    """The bytes of every coded picture."""
    [names] = _named(meta, b"iinf")
    wide = data[names.start] > 0
    coded = {_item(data, entry) for entry in boxes(data, names.start + (8 if wide else 6), names.end)}
    idat = [box.start for box in meta if box.kind == b"idat"]
    left = 2 * len(data)
    for number, method, extents in _located(data, meta):
        if number not in coded:
            continue
        origin = idat[0] if method == 1 else 0
        left -= sum(length or len(data) for _, length in extents)
        if left < 0:  # items that share their bytes would make much of little
            raise HeaderError("the parts of this AVIF picture have more bytes than the file")
        if method > 1:
            raise ValueError
        yield b"".join(data[origin + at : origin + at + length if length else None] for at, length in extents)


def _item(data: bytes, entry: Box) -> int:
    """Number of an item that is a coded picture, else -1."""
    wide = data[entry.start] > 2
    read = _Reader(data, entry.start + 4)
    number = read.take(4 if wide else 2)
    read.take(2)  # its protection
    return number if read.take(4) == int.from_bytes(b"av01", "big") else -1


def _located(data: bytes, meta: list[Box]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Number of each item, where it lies (0 the file, 1 the item data), and start and length of its parts."""
    [location] = _named(meta, b"iloc")
    version = data[location.start]
    read = _Reader(data, location.start + 4)
    sizes = read.take(2)
    start_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(_bounded(read.take(4 if version == 2 else 2))):
        number = read.take(4 if version == 2 else 2)
        method = read.take(2) & 15 if version else 0
        read.take(2)  # the file it lies in
        base = read.take(base_size)
        extents = []
        for _ in range(_bounded(read.take(2))):
            read.take(index_size)
            extents.append((base + read.take(start_size), read.take(length_size)))
        yield number, method, extents


def _bounded(number: int) -> int:
    if number > _MAX_ITEMS:
        raise ValueError
    return number


def _frame_pixels(coded: bytes) -> int:
    """Pixels of the largest frame that a coded picture may hold, by its sequence headers (AV1, section 5.3 to 5.5)."""
    pixels = place = 0
    for _ in range(_MAX_UNITS):
        if place >= len(coded):
            return pixels
        head = coded[place]
        place += 2 if head & 4 else 1
        size, place = _leb128(coded, place) if head & 2 else (len(coded) - place, place)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            pixels = max(pixels, _sequence_pixels(coded[place : place + size]))
        place += size
    raise ValueError


def _leb128(data: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and what follows it."""
    number = 0
    for index in range(8):
        byte = data[place + index]
        number |= (byte & 127) << 7 * index
        if byte < 128:
            return number, place + index + 1
    raise ValueError


def _sequence_pixels(unit: bytes) -> int:
    """Largest width times largest height; headers with timing, which stills do not have, are not understood."""
    text = bin(int.from_bytes(b"\1" + unit[:256], "big"))[3:]
    place = 0

    def take(bits: int) -> int:
        nonlocal place
        place += bits
        return int(text[place - bits : place], 2)

    take(4)  # profile, and whether it is a still
    if take(1):  # a still with a reduced header
        take(5)
    else:
        if take(1):
            raise ValueError
        delays = take(1)
        for _ in range(take(5) + 1):
            take(12)
            if take(5) > 7:
                take(1)
            if delays and take(1):
                take(4)
    across, down = take(4) + 1, take(4) + 1
    return (take(across) + 1) * (take(down) + 1)
