"""Image files: header, bytes, strict and lenient decode, sizes; for audit, prepare and pipelines alike.

::

    _formats.py   the one table of formats, and the header of any of them
    _header.py    what a header says
    _jpeg.py      headers of JPEG, its scans and its end marker
    _jpeg2000.py  headers of JPEG 2000
    _avif.py      headers of AVIF
    _boxes.py     the boxes that both are made of
    _tiff.py      headers of TIFF
    _plain.py     headers of PNG, GIF, WebP, BMP and PNM
    _read.py      bytes that are sound enough for every decoder
    _decode.py    bytes to upright RGB pixels
    _geometry.py  sizes of smaller pictures
"""

from __future__ import annotations

from datatool.images._decode import Pixels, Scratch, decode, decode_scaled, decodes
from datatool.images._formats import FORMATS, read_header
from datatool.images._geometry import DCT_SCALES, short_side
from datatool.images._header import Header
from datatool.images._jpeg import is_regular, with_end_marker
from datatool.images._read import (
    TooLargeError,
    UnreadableError,
    check_header,
    check_pixels,
    inspect,
    max_bytes,
    read_encoded,
)

__all__ = [
    "DCT_SCALES",
    "FORMATS",
    "Header",
    "Pixels",
    "Scratch",
    "TooLargeError",
    "UnreadableError",
    "check_header",
    "check_pixels",
    "decode",
    "decode_scaled",
    "decodes",
    "inspect",
    "is_regular",
    "max_bytes",
    "read_encoded",
    "read_header",
    "short_side",
    "with_end_marker",
]
