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

`__init__.pyi` lists the exports. They load when they are first named: a header needs no decoder.
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
