"""Decode strictly: whatever a decoder had to guess, skip or fill in is damage.

A JPEG is decoded to grey at a fraction of its size: its entropy-coded data, where damage shows, is read in full all the
same, and the inverse transform and the colours, which cannot fail, are what takes the time.
"""

from __future__ import annotations

import importlib
import io
import zlib
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.audit.images._hash import THUMB_SIDE
from datatool.images import FORMATS, Header, decode

_MIN_SIDE: Final = 2 * THUMB_SIDE  # px of the reduced picture; averaging the rest costs nothing
_JPEG_MODES: Final = {1: ("L", "GRAY"), 3: ("RGB", "RGB"), 4: ("CMYK", "CMYK")}


class DamageError(Exception):
    """The strict decoder objects; the message says to what."""


class Look(NamedTuple):
    """What strict decoding of a file gives."""

    format: str
    mode: str
    width: int  # px, as stored, before EXIF orientation
    height: int
    thumb: NDArray[np.uint8]  # grey, (32, 32)


def look(data: bytes, header: Header, /) -> Look:
    """Decode strictly to a grey thumbnail.

    Args:
        data: Bytes of a file.
        header: What `datatool.images.inspect` says of them.

    Raises:
        DamageError: If anything is wrong with the data.
        UnreadableError: If it is of a mode that Pillow turns into no other, and the engines do not decode it.
    """
    if header.format == "jpeg":
        return _look_jpeg(data)
    image = _open_pillow(data, header.format)
    return Look(header.format, image.mode, image.width, image.height, _shrink(_grey(image, data)))


def full_pixels(data: bytes, header: Header, /) -> tuple[NDArray[Any], str]:
    """All pixels and their mode, palettes resolved: the input of the pixel hash.

    Raises:
        DamageError: If the data does not decode strictly.
    """
    if header.format == "jpeg":
        _, _, mode, space = _jpeg_header(data)
        pixels = _simplejpeg(data, space)
        return (pixels[:, :, 0] if mode == "L" else pixels), mode
    image = _open_pillow(data, header.format)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    return np.asarray(image), image.mode


def _open_pillow(data: bytes, name: str) -> Any:
    """A loaded Pillow image, by the class of its format alone: among all that Pillow has, some start programs."""
    if name == "png":
        _check_png(data)
    module, _, opener = FORMATS[name].strict.partition(":")
    try:
        # Not by Image.open, which warns at half of our own limit.
        image = getattr(importlib.import_module(f"PIL.{module}"), opener)(io.BytesIO(data), "")
        image.load()
    except Exception as error:  # noqa: BLE001 - Pillow's plugins raise anything on damaged input
        raise DamageError(_sentence(error)) from None
    return image


def _look_jpeg(data: bytes) -> Look:
    height, width, mode, space = _jpeg_header(data)
    least = {"min_height": min(height, _MIN_SIDE), "min_width": min(width, _MIN_SIDE)}
    reduced = _simplejpeg(data, "CMYK" if space == "CMYK" else "GRAY", **least)
    grey = reduced[:, :, 0] if reduced.shape[2] == 1 else reduced.mean(axis=2).astype(np.uint8)
    return Look("jpeg", mode, width, height, _shrink(grey))


def _jpeg_header(data: bytes) -> tuple[int, int, str, str]:
    import simplejpeg

    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise DamageError(_sentence(error)) from None
    mode, target = _JPEG_MODES[{"Gray": 1, "CMYK": 4, "YCCK": 4}.get(space, 3)]
    return height, width, mode, target


def _simplejpeg(data: bytes, space: str, **least: Any) -> NDArray[np.uint8]:
    import simplejpeg

    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, space, **least)
    except ValueError as error:
        raise DamageError(_sentence(error)) from None
    return pixels


def _check_png(data: bytes) -> None:
    """Every chunk's checksum, and the end chunk: Pillow skips the checksums of pixel data."""
    place = 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        end = place + 8 + length
        if end + 4 > len(data):
            break
        kind = data[place + 4 : place + 8]
        if zlib.crc32(data[place + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise DamageError(f"the checksum of chunk {kind.decode('latin-1')} at byte {place} is wrong")
        if kind == b"IEND":
            return
        place = end + 4
    raise DamageError("the file ends before its end chunk")


def _grey(image: Any, data: bytes) -> NDArray[np.uint8]:
    if image.mode.startswith(("I", "F")):  # 16 bits and more: spread over the range, as Pillow would only clip
        values = np.asarray(image, np.float32)
        low, high = float(values.min()), float(values.max())
        return ((values - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    try:
        return np.asarray(image.convert("L"))
    except ValueError:  # a mode of which Pillow makes no other, such as LAB
        return np.asarray(decode(data).mean(axis=2), np.uint8)


def _shrink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.resize(grey, (THUMB_SIDE, THUMB_SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _sentence(error: Exception) -> str:
    text = (str(error) or type(error).__name__).strip().rstrip(".")
    return f"{text[:1].lower()}{text[1:]}"[:200]
