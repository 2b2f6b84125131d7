"""Bytes to upright RGB pixels: simplejpeg for JPEG, at a fraction where asked; Pillow for GIF; OpenCV for the rest."""

from __future__ import annotations

import io
import threading
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.images._header import Header
from datatool.images._read import UnreadableError

Pixels = NDArray[np.uint8]

_SMALL: Final = 1 << 24  # bytes; a larger scratch is given up once smaller pictures follow
UNDECODABLE: Final = "it does not decode as an image"


class Scratch(threading.local):
    """Memory for one decoded picture in each thread: fresh memory costs a page fault for each 4 KiB."""

    def __init__(self) -> None:
        self._buffer = np.empty(0, np.uint8)

    def take(self, size: int, /) -> Pixels:
        """At least ``size`` bytes, whose content the next call may overwrite."""
        if not size <= len(self._buffer) <= max(_SMALL, 4 * size):
            self._buffer = np.empty(size, np.uint8)
        return self._buffer


def decode_scaled(data: bytes, header: Header, /, *, scale: int, scratch: Scratch | None = None) -> Pixels | None:
    """Decode a JPEG leniently at 1 / scale, sides rounded up, to uint8 (H, W, 3) RGB, turned upright by EXIF.

    Args:
        data: What `read_encoded` returned.
        header: Its header, which must be ``scalable``.
        scale: 1, 2, 4 or 8.
        scratch: Where to decode to; the picture is then valid until the next one of this thread.

    Returns:
        None if simplejpeg gives it up; `decode` may still make a picture of it.
    """
    import simplejpeg

    width, height = (header.width, header.height) if header.orientation < 5 else (header.height, header.width)
    height, width = -(-height // scale), -(-width // scale)
    buffer = None if scratch is None else scratch.take(height * width * 3)
    try:
        image: Pixels = simplejpeg.decode_jpeg(
            data, "RGB", min_height=height, min_width=width, strict=False, buffer=buffer
        )
    except ValueError:
        return None
    return image if header.orientation == 1 else np.ascontiguousarray(_upright(image, header.orientation))


def _upright(image: Pixels, orientation: int) -> Pixels:
    """Undo the EXIF orientation 2 to 8 (JEITA CP-3451, tag 0x0112)."""
    if orientation >= 5:
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return image


def decode(data: bytes, /) -> Pixels:
    """Decode any picture in full to uint8 (H, W, 3) RGB, turned upright by EXIF.

    Raises:
        UnreadableError: If it is no picture.
    """
    import cv2

    if data.startswith(b"GIF8"):
        return _decode_gif(data)
    try:
        image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        image = None
    if image is None or image.size == 0:
        raise UnreadableError(UNDECODABLE)
    pixels: Pixels = image
    return pixels


def _decode_gif(data: bytes) -> Pixels:
    """The first frame on the background, as OpenCV has it, which takes a minute over a hostile megabyte."""
    from PIL.GifImagePlugin import GifImageFile

    try:
        image: Any = GifImageFile(io.BytesIO(data), "")
        left, top, right, bottom = image.tile[0].extents
        image.load()
    except Exception:  # noqa: BLE001 - Pillow's plugins raise anything on damaged input
        raise UnreadableError(UNDECODABLE) from None
    colours, background = 2 << (data[10] & 7) if data[10] & 0x80 else 0, data[11]
    shade = data[13 + 3 * background : 16 + 3 * background] if background < colours else bytes(3)
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    pixels[:] = np.frombuffer(shade, np.uint8)
    frame = np.s_[top:bottom, left:right]
    shown = np.asarray(image)[frame] != image.info.get("transparency", -1)
    np.copyto(pixels[frame], np.asarray(image.convert("RGB"))[frame], where=shown[..., None])
    return pixels


def decodes(data: bytes, header: Header, /) -> bool:
    """Whether the engines, which are lenient, make a picture of it."""
    if header.scalable and decode_scaled(data, header, scale=8) is not None:
        return True
    try:
        decode(data)
    except UnreadableError:
        return False
    return True
