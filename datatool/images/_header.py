"""Size, format and orientation of a picture from its first bytes, without decoding; and the JPEG's end marker."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_EOI: Final = b"\xff\xd9"
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame headers; the others are tables
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SOS: Final = 0xDA
_APP1: Final = 0xE1
_ORIENTATION_TAG: Final = 0x0112


class Header(NamedTuple):
    """What is known of a picture before it is decoded.

    Width and height are of the upright picture, pixels; 0 where only decoding can tell.
    """

    format: str  # "jpeg", "png", ..., "" if unknown
    width: int
    height: int
    orientation: int = 1  # EXIF, 1 to 8
    channels: int = 3
    precision: int = 8  # bits of a sample

    @property
    def scalable(self) -> bool:
        """Whether simplejpeg decodes it, at a fraction if asked: 8-bit grey or colour JPEG, not CMYK."""
        return (
            self.format == "jpeg"
            and min(self.width, self.height) > 0
            and self.channels in (1, 3)
            and self.precision == 8
        )


def with_end_marker(data: bytes, /) -> tuple[bytes, bool]:
    """A JPEG without its end marker gets one; whether that was needed.

    Whatever follows the end marker (a film clip, a second picture) is left alone.

    >>> with_end_marker(bytes.fromhex("ffd8ffda"))[1]
    True
    """
    if data[:2] != b"\xff\xd8" or data.endswith(_EOI) or data.find(_EOI, _scan_start(data)) >= 0:
        return data, False
    return data + _EOI, True


def _scan_start(data: bytes) -> int:
    """Where the picture's first scan begins; thumbnails with end markers of their own lie before it."""
    place = 2
    for place, marker, _ in _segments(data):
        if marker == _SOS:
            return place
    return place


def read_header(data: bytes, /) -> Header:
    """Parse the first bytes of a file; never raises on damaged input."""
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    try:
        for magic, parse in _PARSERS:
            if data.startswith(magic):
                return parse(data)
    except (struct.error, IndexError):
        pass
    return Header("", 0, 0)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Place, code and length of the marker segments up to the first scan."""
    place, end = 2, len(data)
    while place + 3 < end:
        if data[place] != 0xFF:
            place = data.find(b"\xff", place)  # junk between segments, as decoders skip it
            if place < 0:
                return
            continue
        marker = data[place + 1]
        if marker == 0xFF or marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        length = (data[place + 2] << 8) | data[place + 3]
        yield place, marker, length
        if marker == _SOS:
            return
        place += 2 + max(length, 2)


def _jpeg(data: bytes) -> Header:
    """Walk the markers up to the frame header."""
    orientation = 1
    for place, marker, length in _segments(data):
        if marker in _SOF and place + 9 < len(data):
            precision, height, width, channels = struct.unpack_from(">BHHB", data, place + 4)
            if orientation > 4:
                width, height = height, width
            return Header("jpeg", width, height, orientation, channels, precision)
        if marker == _APP1 and data[place + 4 : place + 10] == b"Exif\0\0":
            orientation = _exif_orientation(data[place + 10 : place + 2 + length])
    return Header("jpeg", 0, 0, orientation)


def _exif_orientation(tiff: bytes) -> int:
    """Orientation of the first directory, 1 if there is none that makes sense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (place,) = struct.unpack_from(f"{order}I", tiff, 4)
        (num_tags,) = struct.unpack_from(f"{order}H", tiff, place)
        for tag in range(num_tags):
            code, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, place + 2 + 12 * tag)
            if code == _ORIENTATION_TAG:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _png(data: bytes) -> Header:
    return Header("png", *struct.unpack_from(">II", data, 16))


def _gif(data: bytes) -> Header:
    return Header("gif", *struct.unpack_from("<HH", data, 6))


def _bmp(data: bytes) -> Header:
    if struct.unpack_from("<I", data, 14)[0] == 12:  # OS/2
        return Header("bmp", *struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Header("bmp", abs(width), abs(height))


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if data[8:12] != b"WEBP" or len(data) < 30:
        return Header("", 0, 0)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("webp", (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    return Header("webp", width, height)


def _tiff(data: bytes) -> Header:
    order = "<" if data[:2] == b"II" else ">"
    (place,) = struct.unpack_from(f"{order}I", data, 4)
    (num_tags,) = struct.unpack_from(f"{order}H", data, place)
    size = {256: 0, 257: 0, 274: 1}
    for tag in range(num_tags):
        at = place + 2 + 12 * tag
        code, kind = struct.unpack_from(f"{order}HH", data, at)
        if code in size:
            (size[code],) = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", data, at + 8)
    return Header("tiff", size[256], size[257])


_PARSERS: Final = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF8", _gif),
    (b"BM", _bmp),
    (b"RIFF", _webp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
)
