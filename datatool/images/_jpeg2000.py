"""JPEG 2000: size and cost from the codestream's own markers, which decoders go by, not from the box around it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from datatool.images._boxes import boxes, brands
from datatool.images._header import Header, HeaderError

_SIZ, _COD, _COC, _SOT, _SOD, _EOC = 0xFF51, 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9
_MAX_MARKERS: Final = 100_000  # a picture of many tiles has a few for each
_MAX_CHANNELS: Final = 4  # OpenJPEG makes a plane of 32 bits for each, and a palette can make 255 of one
# Pixels that cost as much memory as one tile or one precinct does by itself, however small it is.
_TILE_PIXELS: Final = 4096
_PRECINCT_PIXELS: Final = 256


def jpeg2000(data: bytes, /) -> Header:
    """Size of a file or of a bare codestream."""
    if data.startswith(b"\xff\x4f"):
        return _codestream(data, 0, len(data))
    around = 0
    for box in boxes(data, 0, len(data)):
        # Of a file that is both, OpenCV reads the AVIF.
        if box.kind == b"ftyp" and {b"avif", b"avis"} & set(brands(data, box)):
            raise HeaderError("it is a JPEG 2000 and an AVIF picture at once")
        if box.kind == b"jp2h":
            around = max(around, _pixels_of_boxes(data, box.start, box.end))
        if box.kind == b"jp2c":
            header = _codestream(data, box.start, box.end)
            return header._replace(parts=max(header.parts, around))
    raise ValueError


def _pixels_of_boxes(data: bytes, start: int, end: int) -> int:
    """What the boxes say: Pillow makes room for it before it decodes."""
    pixels = 0
    for box in boxes(data, start, end):
        if box.kind == b"ihdr":
            height, width = struct.unpack_from(">II", data, box.start)
            pixels = max(pixels, width * height)
        elif box.kind == b"pclr" and data[box.start + 2] > _MAX_CHANNELS:
            raise HeaderError(f"it is a JPEG 2000 picture of more than {_MAX_CHANNELS} channels")
    return pixels


class _Size(NamedTuple):
    width: int
    height: int
    tiles: int


def _codestream(data: bytes, start: int, end: int) -> Header:
    size = None
    parts = 0
    for marker, place in _markers(data, start + 2, end):
        if marker == _SIZ and size is None:
            size = _size(data, place)
            parts = size.tiles * _TILE_PIXELS
        elif marker in (_COD, _COC):
            if size is None:
                raise ValueError
            parts = max(parts, _precinct_cost(data, place, marker, size))
    if size is None:
        raise ValueError
    return Header("jpeg2000", size.width, size.height, parts=parts)


def _markers(data: bytes, place: int, end: int) -> Iterator[tuple[int, int]]:
    """Marker, and place of its length, of the main header and of the headers of the tiles."""
    tile_end = end
    for _ in range(_MAX_MARKERS):
        if place + 4 > end:
            return
        marker, length = struct.unpack_from(">HH", data, place)
        if marker == _EOC:
            return
        if marker == _SOT:
            (tile_bytes,) = struct.unpack_from(">I", data, place + 6)
            tile_end = place + tile_bytes if tile_bytes else end
        if marker == _SOD:
            place = max(place + 2, tile_end)
            continue
        yield marker, place + 2
        place += 2 + length
    raise ValueError


def _size(data: bytes, place: int) -> _Size:
    right, bottom, left, top, across, down, tile_left, tile_top, channels = struct.unpack_from(
        ">IIIIIIIIH", data, place + 4
    )
    if channels > _MAX_CHANNELS:
        raise HeaderError(f"it is a JPEG 2000 picture of more than {_MAX_CHANNELS} channels")
    if not (across and down and left < right and top < bottom):
        raise ValueError
    tiles = -(-(right - tile_left) // across) * -(-(bottom - tile_top) // down)
    return _Size(right - left, bottom - top, tiles)


def _precinct_cost(data: bytes, place: int, marker: int, size: _Size) -> int:
    """Pixels worth of memory of the precincts, and of the list of packets: one for each precinct and layer."""
    layers = struct.unpack_from(">H", data, place + 4)[0] if marker == _COD else 1
    (given,) = struct.unpack_from(">B", data, place + (2 if marker == _COD else 3))
    levels_at = place + (7 if marker == _COD else 4)
    levels = data[levels_at]
    if levels > 32:
        raise ValueError
    precincts = 0
    for level in range(levels + 1):
        exponents = data[levels_at + 5 + level] if given & 1 else 0xFF
        halvings = levels - level
        across = -(-size.width >> halvings + (exponents & 15))
        down = -(-size.height >> halvings + (exponents >> 4))
        precincts += max(1, across) * max(1, down)
    return precincts * (_PRECINCT_PIXELS + layers)
