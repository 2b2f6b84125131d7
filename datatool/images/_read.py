"""Encoded pictures: read, the end of a JPEG mended, what would cost too much refused; shared by audit and engines."""

from __future__ import annotations

from typing import Final, NamedTuple

from datatool.images._formats import read_header, unread
from datatool.images._header import Header
from datatool.images._jpeg import MAX_SCANS, with_end_marker
from datatool.storage import Locator, StorageError, read

_PIXEL_BYTES: Final = 8  # four channels of 16 bits, uncompressed
_OTHER_BYTES: Final = 64 << 20  # what a file may hold beside its picture, such as a film clip
REPAIRED: Final = "the end marker was missing"


class UnreadableError(Exception):
    """A file that cannot be used; the message says why, without the path."""


class TooLargeError(UnreadableError):
    """A picture of more pixels than allowed."""


class Encoded(NamedTuple):
    """A file's bytes, sound enough for every decoder."""

    data: bytes
    header: Header
    repaired: str  # how it was mended, or nothing


def read_encoded(locator: Locator, /, *, max_pixels: int) -> Encoded:
    """Read one picture.

    Raises:
        UnreadableError: If the file is missing, or too large by its size, or for what `inspect` refuses.
    """
    try:
        data = read(locator, max_bytes=max_bytes(max_pixels))
    except StorageError as error:
        raise UnreadableError(str(error)) from None
    data, repaired = with_end_marker(data)
    return Encoded(data, inspect(data, max_pixels=max_pixels), REPAIRED if repaired else "")


def inspect(data: bytes, /, *, max_pixels: int) -> Header:
    """The header of a picture that may be decoded: what it costs is known and allowed.

    Args:
        data: The whole file.
        max_pixels: Limit of `Header.pixels`.

    Raises:
        TooLargeError: If it has more pixels.
        UnreadableError: If it is of no format that is read, its header makes no sense, or it has too many scans.
    """
    header = read_header(data)
    check_header(header, data, max_pixels=max_pixels)
    return header


def check_header(header: Header, data: bytes, /, *, max_pixels: int) -> None:
    """Refuse what `inspect` refuses; audit and engines ask this first, so that they accept the same files.

    Raises:
        TooLargeError: As `inspect`.
        UnreadableError: As `inspect`.
    """
    if header.width <= 0 or header.height <= 0:
        raise UnreadableError(_unknown(header, data))
    check_pixels(header.pixels, max_pixels)
    if header.refused:
        raise UnreadableError(header.refused)
    if header.scans > MAX_SCANS:
        raise UnreadableError(f"it is a JPEG of more than {MAX_SCANS} scans, each a pass over the whole picture")


def _unknown(header: Header, data: bytes) -> str:
    if not data:
        return "the file is empty"
    if header.refused:
        return header.refused
    noun = unread(data)
    if noun:
        return f"it is {noun}, which no engine reads"
    if header.format:
        return f"its header does not say how large this {header.format} picture is"
    return "no image format is recognised"


def max_bytes(max_pixels: int, /) -> int:
    """What a file of so many pixels can need."""
    return max_pixels * _PIXEL_BYTES + _OTHER_BYTES


def check_pixels(pixels: int, max_pixels: int, /) -> None:
    """Refuse a picture of too many pixels.

    Raises:
        TooLargeError: If there are more than ``max_pixels``.
    """
    if pixels > max_pixels:
        raise TooLargeError(f"it has {pixels:,} pixels, more than max_pixels {max_pixels:,}")
