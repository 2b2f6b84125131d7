"""The table of formats: what is read, how it is told, how its header is read, and who decodes it.

A format stands here if the engines decode it and its size can be read beforehand. Everything else is refused by
audit, loader, prepare and predict alike: pictures of floating-point numbers (HDR, PFM, EXR), which have no range that
all programs agree on; formats whose first bytes do not tell what they are (TGA, PCX); and documents and programs (EPS,
PDF, SVG), which have no pixels until something runs.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from datatool.images._avif import avif
from datatool.images._header import Header, HeaderError
from datatool.images._jpeg import jpeg
from datatool.images._jpeg2000 import jpeg2000
from datatool.images._plain import bmp, gif, png, pnm, webp
from datatool.images._tiff import tiff


class Format(NamedTuple):
    """A format that is read."""

    name: str
    endings: tuple[str, ...]
    begins: bytes  # a regular expression of its first bytes
    header: Callable[[bytes], Header]  # raises on what it does not understand
    strict: str  # Pillow's class, for the audit; nothing where simplejpeg is as strict


FORMATS: Final = {
    each.name: each
    for each in (
        # AVIF stands first, as in OpenCV, which decides by its own rules what it decodes.
        Format("avif", ("avif",), rb"....ftyp", avif, "AvifImagePlugin:AvifImageFile"),
        Format("jpeg", ("jpg", "jpeg", "jpe", "jfif", "mpo"), rb"\xff\xd8", jpeg, ""),
        Format("png", ("png", "apng"), rb"\x89PNG\r\n\x1a\n", png, "PngImagePlugin:PngImageFile"),
        Format("gif", ("gif",), rb"GIF8[79]a", gif, "GifImagePlugin:GifImageFile"),
        Format("bmp", ("bmp", "dib"), rb"BM", bmp, "BmpImagePlugin:BmpImageFile"),
        Format("webp", ("webp",), rb"RIFF....WEBP", webp, "WebPImagePlugin:WebPImageFile"),
        Format("tiff", ("tif", "tiff"), rb"II[*+]\0|MM\0[*+]", tiff, "TiffImagePlugin:TiffImageFile"),
        Format(
            "jpeg2000",
            ("jp2", "j2k", "j2c", "jpc", "jpf", "jpx"),
            rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
            jpeg2000,
            "Jpeg2KImagePlugin:Jpeg2KImageFile",
        ),
        Format("pnm", ("ppm", "pgm", "pbm", "pnm"), rb"P[1-6]\s", pnm, "PpmImagePlugin:PpmImageFile"),
    )
}
# What is told apart only to be named; the first that matches.
_OTHERS: Final = (
    (rb"....ftypavis", "an AVIF sequence"),
    (rb"....ftyp(?:hei|hev|mif1|msf1)", "a HEIC picture"),
    (rb"....ftyp(?!avif)|....moov", "a film"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript program"),
    (rb"%PDF", "a PDF document"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (rb"8BPS", "a Photoshop document"),
    (rb"#\?(?:RADIANCE|RGBE)", "a picture of floating-point numbers (Radiance HDR)"),
    (rb"P[fF]\s", "a picture of floating-point numbers (PFM)"),
    (rb"\x76\x2f\x31\x01", "a picture of floating-point numbers (OpenEXR)"),
    (rb"P7\s", "a PAM picture"),
    (rb"\0\0\x01\0[^\0]\0", "a Windows icon"),
    (rb"DDS ", "a DirectDraw surface"),
    (rb"\x01\xda", "an SGI picture"),
    (rb"\x59\xa6\x6a\x95", "a Sun raster picture"),
    (rb"qoif", "a QOI picture"),
    (rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!", "an archive"),
    (rb"version https://git-lfs", "a Git LFS pointer, whose picture was never fetched"),
    (rb"\s*<(?:\?xml[^>]*>\s*(?:<!--.{,2000}?-->\s*)?)?<?(?:!DOCTYPE )?svg", "an SVG drawing"),
    (rb"\s*<", "a page of text (HTML, XML)"),
)
_NAMES: Final = list(FORMATS)
_BEGINS: Final = re.compile(b"|".join(b"(%b)" % each.begins for each in FORMATS.values()), re.DOTALL)
_OTHER_BEGINS: Final = tuple((re.compile(begins, re.DOTALL | re.IGNORECASE), noun) for begins, noun in _OTHERS)


def read_header(data: bytes, /) -> Header:
    """What the first bytes of a file say; never raises on damaged input.

    A format without a size is one whose header makes no sense, or goes on beyond these bytes.
    """
    if data.startswith(b"\xff\xd8"):  # by far the most, and its reader never raises
        return jpeg(data)
    found = _BEGINS.match(data)
    if found is None:
        return Header("", 0, 0)
    name = _NAMES[(found.lastindex or 1) - 1]
    try:
        return FORMATS[name].header(data)
    except HeaderError as error:
        return Header(name, 0, 0, refused=str(error))
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return Header(name, 0, 0)


def unread(data: bytes, /) -> str:
    """What a file is that is of no format that is read, or nothing."""
    return next((noun for begins, noun in _OTHER_BEGINS if begins.match(data[:4096])), "")
