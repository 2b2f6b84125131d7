"""JPEG: size, orientation and number of scans from its markers, as libjpeg walks them; and the end marker."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from datatool.images._header import Header
from datatool.images._tiff import ITEM_BYTES

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_END: Final = 0xD9
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame headers; the others are tables
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_NONE: Final = frozenset({0x00, 0xFF})  # what follows 0xFF where that is no marker
_WITH_LENGTH: Final = frozenset(range(256)) - _NONE - _ALONE - {_END}
_SOS: Final = 0xDA
_SCAN: Final = b"\xff\xda"
_TABLES: Final = (b"\xff\xc4", b"\xff\xdb")  # of Huffman codes, of quantisation
_FEW_TABLES: Final = 16
_APP1: Final = 0xE1
_EXIF: Final = b"Exif\0\0"
_ORIENTATION_TAG: Final = 0x0112

MAX_SCANS: Final = 100  # each costs a pass over the whole picture, however few bytes it has; encoders write about ten
_MAX_SEGMENTS: Final = 10_000  # a colour profile and all else take a few hundred; a file of nothing else takes minutes
# Up to the code of the next marker; zeros, restarts in a scan, and fill bytes of any number are no markers. Possessive,
# so that no file takes more than one pass.
_TO_MARKER: Final = re.compile(rb"(?:[^\xff]++|\xff++\x00)*+\xff++", re.DOTALL)
_TO_MARKER_IN_SCAN: Final = re.compile(rb"(?:[^\xff]++|\xff++[\x00\xd0-\xd7])*+\xff++", re.DOTALL)


def with_end_marker(data: bytes, /) -> tuple[bytes, bool]:
    """A JPEG without its end marker gets one; whether that was needed.

    Whatever follows the end marker (a film clip, a second picture) is left alone.

    >>> with_end_marker(bytes.fromhex("ffd8ffda"))[1]
    True
    """
    if data.endswith(_EOI) or not data.startswith(_SOI) or data.find(_EOI, _scan_start(data)) >= 0:
        return data, False
    return data + _EOI, True


def _scan_start(data: bytes) -> int:
    """Where the picture's first scan begins; thumbnails with end markers of their own lie before it."""
    place = 2
    for place, marker, _ in _segments(data):
        if marker == _SOS:
            return place
    return place


def jpeg(data: bytes, /) -> Header:
    """Walk the markers up to the first scan."""
    orientation, frame, progressive = 1, None, False
    for place, marker, length in _segments(data):
        if marker == _SOS:
            several = frame is not None and (progressive or data[place + 4 : place + 5] < bytes(frame[3:]))
            return _header(orientation, frame, _scans(data, place) if several else 1)
        if frame is None:
            if marker in _SOF and place + 9 < len(data):
                frame = struct.unpack_from(">BHHB", data, place + 4)
                progressive = marker in _PROGRESSIVE
                if not progressive and _shows_all_at_once(data, place + 2 + max(length, 2), frame[3]):
                    return _header(orientation, frame, 1)
            elif marker == _APP1 and data[place + 4 : place + 10] == _EXIF:
                orientation, _ = _exif(data[place + 10 : place + 2 + length])
    return _header(orientation, frame, 1)


def _shows_all_at_once(data: bytes, place: int, channels: int) -> bool:
    """Whether nothing but tables stands between a place and a scan of all channels: so in nearly every JPEG.

    False means that it has to be looked at more closely.
    """
    for _ in range(_FEW_TABLES):
        if not data.startswith(_TABLES, place):
            break
        place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return data.startswith(_SCAN, place) and data[place + 4 : place + 5] >= bytes((channels,))


def _header(orientation: int, frame: tuple[int, ...] | None, scans: int) -> Header:
    if frame is None:
        return Header("jpeg", 0, 0, orientation)
    precision, height, width, channels = frame
    if orientation > 4:
        width, height = height, width
    return Header("jpeg", width, height, orientation, channels, precision, scans)


def is_regular(data: bytes, /) -> bool:
    """Whether a JPEG's segments follow one another without a gap up to the first scan, and its EXIF data are sound.

    For readers that look for no marker and find another orientation, or none, in what is damaged.
    """
    end, frames, sound = 2, 0, []
    for place, marker, length in _segments(data):
        if place != end or length < 2:
            return False
        end = place + 2 + length
        if marker in _SOF:
            frames += 1
            if length < 8 or length != 8 + 3 * data[place + 9]:
                return False
        elif marker == _APP1 and data[place + 4 : place + 10] == _EXIF:
            sound.append(frames == 0 and _exif(data[place + 10 : end])[1])
        elif marker == _SOS:
            # Readers differ on which of several counts.
            return frames == 1 and sound in ([], [True]) and end <= len(data)
    return False


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Place, code and length of the marker segments up to the first scan."""
    place, end = 2, len(data)
    for _ in range(_MAX_SEGMENTS):
        if place + 4 > end:
            return
        marker = data[place + 1]
        if data[place] != 0xFF or marker not in _WITH_LENGTH:
            if data[place] != 0xFF or marker in _NONE:
                found = _TO_MARKER.match(data, place)
                if found is None or found.end() + 3 > end:
                    return
                place = found.end() - 1
                marker = data[place + 1]
            if marker in _ALONE:
                place += 2
                continue
            if marker == _END:
                return
        length = (data[place + 2] << 8) | data[place + 3]
        yield place, marker, length
        if marker == _SOS:
            return
        place += 2 + max(length, 2)


def _scans(data: bytes, first: int) -> int:
    """How many scans there are from the first one on.

    Counting the bytes of scan markers is fast and never too low; only where that says too many are the segments
    walked, since what follows the picture (a film clip) may hold such bytes by chance.
    """
    most = data.count(_SCAN, first)
    return most if most <= MAX_SCANS else _walked_scans(data, first)


def _walked_scans(data: bytes, place: int) -> int:
    scans = 0
    for _ in range(_MAX_SEGMENTS):
        found = _TO_MARKER_IN_SCAN.match(data, place)
        if found is None or data[found.end() : found.end() + 1] in (b"", _EOI[1:]):
            return scans
        scans += data[found.end()] == _SOS
        place = found.end() + 1 + max(2, int.from_bytes(data[found.end() + 1 : found.end() + 3], "big"))
    return MAX_SCANS + 1


def _exif(tiff: bytes) -> tuple[int, bool]:
    """Orientation of the first directory, 1 if there is none that makes sense; whether every reader must find that."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1, False
    orientation, found, sound = 1, False, tiff[2:4] in (b"*\0", b"\0*")
    try:
        (place,) = struct.unpack_from(f"{order}I", tiff, 4)
        (num_tags,) = struct.unpack_from(f"{order}H", tiff, place)
        for at in range(place + 2, place + 2 + 12 * num_tags, 12):
            code, kind, items, value, offset = struct.unpack_from(f"{order}HHIH2x", tiff, at) + struct.unpack_from(
                f"{order}I", tiff, at + 8
            )
            size = items * ITEM_BYTES.get(kind, len(tiff))
            sound = sound and (size <= 4 or offset + size <= len(tiff))
            if code == _ORIENTATION_TAG:
                sound = sound and not found and (kind, items) == (3, 1) and 1 <= value <= 8
                if not found and 1 <= value <= 8:
                    orientation = value
                found = True
    except struct.error:
        sound = False
    return orientation, sound
