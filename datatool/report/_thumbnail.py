"""Small pictures as data URIs."""

from __future__ import annotations

import base64
import io
from typing import Any, Final

_SIDE: Final = 160  # px, longer side; shown at half that on dense screens


def thumbnail(data: bytes, /, *, side: int = _SIDE) -> str | None:
    """A JPEG data URI of an encoded image, or None if not even a lenient decoder can read it.

    Args:
        data: Encoded bytes of any format, damaged or not.
        side: Longer side of the thumbnail in pixels.
    """
    pixels = _lenient(data, side)
    if pixels is None:
        return None
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _lenient(data: bytes, side: int) -> Any:
    import simplejpeg

    from datatool.images import UnreadableError, decode, inspect
    from datatool.schemas import MAX_PIXELS

    try:
        header = inspect(data, max_pixels=MAX_PIXELS)
        if header.format != "jpeg":
            return decode(data)
        return simplejpeg.decode_jpeg(data, strict=False, min_height=side, min_width=side)
    except (UnreadableError, ValueError):
        return None
