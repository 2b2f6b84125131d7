"""Image files: header, bytes, strict and lenient decode, sizes; for audit, prepare and pipelines alike.

::

    _header.py    size, format and orientation from the first bytes
    _read.py      bytes that are sound enough for every decoder
    _decode.py    bytes to upright RGB pixels
    _geometry.py  sizes of smaller pictures
"""

from __future__ import annotations

from datatool.images._decode import Pixels, Scratch, decode, decode_scaled
from datatool.images._geometry import DCT_SCALES, short_side
from datatool.images._header import Header, read_header, with_end_marker
from datatool.images._read import UnreadableError, check_pixels, read_encoded

__all__ = [
    "DCT_SCALES",
    "Header",
    "Pixels",
    "Scratch",
    "UnreadableError",
    "check_pixels",
    "decode",
    "decode_scaled",
    "read_encoded",
    "read_header",
    "short_side",
    "with_end_marker",
]
