"""Bytes to upright RGB pixels: simplejpeg for JPEG, at a fraction of its size where asked; OpenCV for the rest."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines._header import Header
from datatool.pipelines._read import UnreadableError

Pixels = NDArray[np.uint8]

UNDECODABLE: Final = "it does not decode as an image"


def decode_scaled(data: bytes, header: Header, /, *, scale: int) -> Pixels | None:
    """Decode a JPEG leniently at 1 / scale, sides rounded up, to uint8 (H, W, 3) RGB, turned upright by EXIF.

    Args:
        data: What `read_encoded` returned.
        header: Its header, which must be ``scalable``.
        scale: 1, 2, 4 or 8.

    Returns:
        None if simplejpeg gives it up; `decode` may still make a picture of it.
    """
    import simplejpeg

    width, height = (header.width, header.height) if header.orientation < 5 else (header.height, header.width)
    try:
        image: Pixels = simplejpeg.decode_jpeg(
            data, "RGB", min_height=-(-height // scale), min_width=-(-width // scale), strict=False
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

    try:
        image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        image = None
    if image is None or image.size == 0:
        raise UnreadableError(UNDECODABLE)
    pixels: Pixels = image
    return pixels
