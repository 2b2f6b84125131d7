"""Encoded pictures: read, the end of a JPEG mended, what is too large refused; shared by all engines."""

from __future__ import annotations

from typing import Final, NamedTuple

from datatool.images._header import Header, read_header, with_end_marker
from datatool.storage import Locator, StorageError, read

_PIXEL_BYTES: Final = 8  # four channels of 16 bits, uncompressed
_OTHER_BYTES: Final = 64 << 20  # what a file may hold beside its picture, such as a film clip
REPAIRED: Final = "the end marker was missing"


class UnreadableError(Exception):
    """A file that cannot be used; the message says why, without the path."""


class Encoded(NamedTuple):
    """A file's bytes, sound enough for every decoder."""

    data: bytes
    header: Header
    repaired: str  # how it was mended, or nothing


def read_encoded(locator: Locator, /, *, max_pixels: int) -> Encoded:
    """Read one picture.

    Raises:
        UnreadableError: If the file is missing, empty, or too large by its size or its header.
    """
    try:
        data = read(locator, max_bytes=max_pixels * _PIXEL_BYTES + _OTHER_BYTES)
    except StorageError as error:
        raise UnreadableError(str(error)) from None
    if not data:
        raise UnreadableError("the file is empty")
    data, repaired = with_end_marker(data)
    header = read_header(data)
    check_pixels(header.width * header.height, max_pixels)
    return Encoded(data, header, REPAIRED if repaired else "")


def check_pixels(pixels: int, max_pixels: int, /) -> None:
    """Refuse a picture of too many pixels.

    Raises:
        UnreadableError: If there are more than ``max_pixels``.
    """
    if pixels > max_pixels:
        raise UnreadableError(f"it has {pixels:,} pixels, more than max_pixels {max_pixels:,}")
