"""Headers of a few numbers: PNG, GIF, BMP, WebP and PNM. Each raises on what it does not understand."""

from __future__ import annotations

import re
import struct
from typing import Final

from datatool.images._header import Header, HeaderError

_MAX_CHUNKS: Final = 100_000  # of a PNG; Pillow takes minutes over a file of nothing else
_MAX_TEXTS: Final = 32  # packed chunks of a PNG; libpng unpacks a thousand of 8 MB each, twice, and takes minutes
_TEXTS: Final = frozenset({b"zTXt", b"iTXt", b"iCCP"})
_MAX_BLOCKS: Final = 4096  # of 255 bytes before the first frame of a GIF; a picture says more only by mistake
_NUMBER: Final = rb"\s+(?:#[^\r\n]*[\r\n]\s*)*(\d{1,9})"  # comments only where decoders agree on them
_PNM: Final = re.compile(rb"P[1-6]" + _NUMBER + _NUMBER + rb"\s")
_PNM_BYTES: Final = 4096  # that its two numbers must stand in


def png(data: bytes, /) -> Header:
    """Size from the chunk that must be the first, and what the other chunks make OpenCV do."""
    if data[12:16] != b"IHDR":
        raise ValueError
    width, height = struct.unpack_from(">II", data, 16)
    return Header("png", width, height, refused=_costly_chunks(data))


def _costly_chunks(data: bytes) -> str:
    """OpenCV makes room for as much as a chunk says, up to the first of pixels, and in an animation for all."""
    place, texts, streamed, animated = 8, 0, False, False
    for _ in range(_MAX_CHUNKS):
        if place + 8 > len(data):
            return ""
        length, kind = struct.unpack_from(">I4s", data, place)
        place += 12 + length
        animated = animated or kind == b"acTL"
        if place > len(data) and (animated or not streamed):
            return f"a chunk of this PNG has {length:,} bytes, more than the file"
        streamed = streamed or kind == b"IDAT"
        texts += kind in _TEXTS
        if texts > _MAX_TEXTS:
            return f"it is a PNG of more than {_MAX_TEXTS} packed texts"
        if kind == b"IEND":
            return ""
    return f"it is a PNG of more than {_MAX_CHUNKS:,} chunks"


def bmp(data: bytes, /) -> Header:
    """Size from either kind of header."""
    (size,) = struct.unpack_from("<I", data, 14)
    if size == 12:  # OS/2
        return Header("bmp", *struct.unpack_from("<HH", data, 18))
    if size < 36:
        raise ValueError
    width, height = struct.unpack_from("<ii", data, 18)
    return Header("bmp", abs(width), abs(height))


def webp(data: bytes, /) -> Header:
    """Size from the first chunk, which libwebp compares with what the frames say."""
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        if len(data) < 30:
            raise ValueError
        return Header("webp", width + 1, height + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("webp", width & 0x3FFF, height & 0x3FFF)
    if kind != b"VP8L":
        raise ValueError
    (bits,) = struct.unpack_from("<I", data, 21)
    return Header("webp", (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)


def gif(data: bytes, /) -> Header:
    """Size of the screen; a first frame that is larger counts, as Pillow makes room for it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    blocks = 0
    while data[place] == 0x21:  # an extension
        place += 2
        while size := data[place]:
            place, blocks = place + 1 + size, blocks + 1
            if blocks > _MAX_BLOCKS:
                raise HeaderError(f"it is a GIF of more than {_MAX_BLOCKS:,} blocks before its first frame")
        place += 1
    if data[place] != 0x2C:  # a frame
        raise ValueError
    left, top, across, down = struct.unpack_from("<HHHH", data, place + 1)
    return Header("gif", width, height, parts=(left + across) * (top + down))


def pnm(data: bytes, /) -> Header:
    """Size from its two numbers."""
    found = _PNM.match(data[:_PNM_BYTES])
    if found is None:
        raise ValueError
    return Header("pnm", int(found[1]), int(found[2]))
