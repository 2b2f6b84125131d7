"""Decode strictly: whatever a decoder had to guess, skip or fill in is damage.

A JPEG is decoded to grey at a fraction of its size: its entropy-coded data, where damage shows, is read in full all the
same, and the inverse transform and the colours, which cannot fail, are what takes the time.
"""

from __future__ import annotations

import io
import zlib
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.audit.images._hash import THUMB_SIDE
from datatool.images import Header

_MIN_SIDE: Final = 2 * THUMB_SIDE  # px of the reduced picture; averaging the rest costs nothing
_PILLOW: Final = {"png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WEBP", "tiff": "TIFF"}
_JPEG_MODES: Final = {1: ("L", "GRAY"), 3: ("RGB", "RGB"), 4: ("CMYK", "CMYK")}


class DamageError(Exception):
    """The strict decoder objects; the message says to what."""


class OversizeError(Exception):
    """More pixels than allowed; its arguments are format, width and height."""


class Look(NamedTuple):
    """What strict decoding of a file gives."""

    format: str
    mode: str
    width: int  # px, as stored, before EXIF orientation
    height: int
    thumb: NDArray[np.uint8]  # grey, (32, 32)


def look(data: bytes, header: Header, /, *, max_pixels: int) -> Look:
    """Decode strictly to a grey thumbnail.

    Args:
        data: Bytes of a file.
        header: Their header, with no more than ``max_pixels``; its size may be unknown.
        max_pixels: Limit for formats whose header only Pillow reads.

    Raises:
        DamageError: If anything is wrong with the data.
        OversizeError: If the size was unknown and is too large.
    """
    if header.format == "jpeg":
        return _look_jpeg(data)
    image = _open_pillow(data, header.format, max_pixels=max_pixels)
    grey = np.asarray(_grey(image))
    return Look((image.format or header.format).lower(), image.mode, image.width, image.height, _shrink(grey))


def full_pixels(data: bytes, header: Header, /) -> tuple[NDArray[Any], str]:
    """All pixels and their mode, palettes resolved: the input of the pixel hash.

    Raises:
        DamageError: If the data does not decode strictly.
    """
    if header.format == "jpeg":
        _, _, mode, space = _jpeg_header(data)
        pixels = _simplejpeg(data, space)
        return (pixels[:, :, 0] if mode == "L" else pixels), mode
    image = _open_pillow(data, header.format, max_pixels=None)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    return np.asarray(image), image.mode


def _open_pillow(data: bytes, known: str, *, max_pixels: int | None) -> Any:
    """A loaded Pillow image."""
    from PIL import UnidentifiedImageError

    if known == "png":
        _check_png(data)
    try:
        image = _pillow_header(data, known)
        if max_pixels is not None and image.width * image.height > max_pixels:
            raise OversizeError((image.format or "").lower(), image.width, image.height)
        image.load()
    except OversizeError:
        raise
    except UnidentifiedImageError:
        raise DamageError("no image format is recognised") from None
    except Exception as error:  # noqa: BLE001 - Pillow's plugins raise anything on damaged input
        raise DamageError(_sentence(error)) from None
    return image


def _pillow_header(data: bytes, known: str) -> Any:
    """A Pillow image before its pixels; of a known format without Pillow's own limit, which warns at half of ours."""
    from PIL import Image

    if known not in _PILLOW:
        return Image.open(io.BytesIO(data))
    Image.preinit()
    if _PILLOW[known] not in Image.OPEN:
        Image.init()
    factory, _ = Image.OPEN[_PILLOW[known]]
    return factory(io.BytesIO(data), "")


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


def _grey(image: Any) -> Any:
    if image.mode.startswith(("I", "F")):  # 16 bits and more: spread over the range, as Pillow would only clip
        values = np.asarray(image, np.float32)
        low, high = float(values.min()), float(values.max())
        return ((values - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    return image.convert("L")


def _shrink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.resize(grey, (THUMB_SIDE, THUMB_SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _sentence(error: Exception) -> str:
    text = (str(error) or type(error).__name__).strip().rstrip(".")
    return f"{text[:1].lower()}{text[1:]}"[:200]
