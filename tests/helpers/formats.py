"""Small pictures of every format that is read, of many that are not, and pictures changed at random."""

from __future__ import annotations

import io
import random
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image, ImageCms, features

from tests.helpers.pictures import encode, pixels

WIDTH: Final = 48
HEIGHT: Final = 32
MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F")
KINDS: Final = (
    "JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "JPEG2000", "PPM", "AVIF", "MPO",
    "TGA", "PCX", "SGI", "DDS", "ICO", "EPS", "PDF", "QOI", "DIB", "ICNS", "MSP", "XBM",
)  # fmt: skip


def image() -> Image.Image:
    return Image.fromarray(pixels(1, width=WIDTH, height=HEIGHT))


def converted(mode: str) -> Image.Image:
    """The picture in a mode, which Pillow does not convert to by itself in every case."""
    if mode == "LAB":
        profile = ImageCms.createProfile
        changed = ImageCms.profileToProfile(image(), profile("sRGB"), profile("LAB"), outputMode="LAB")
        assert changed is not None
        return changed
    if mode == "I;16":
        return Image.fromarray(np.asarray(image())[..., 0].astype(np.uint16) * 257)
    return image().convert(mode)


def saved(kind: str, picture: Image.Image | None = None, **options: Any) -> bytes:
    """Encoded by Pillow."""
    stream = io.BytesIO()
    (picture or image()).save(stream, kind, **options)
    return stream.getvalue()


def by_pillow() -> dict[str, bytes]:
    """Every kind in every mode that Pillow saves it in."""
    made = {}
    for kind in KINDS:
        for mode in MODES:
            try:
                made[f"{kind}-{mode}"] = saved(kind, converted(mode))
            except (OSError, KeyError, ValueError):  # it does not save that mode, or that kind
                continue
    return made


def by_opencv() -> dict[str, bytes]:
    """What OpenCV saves and Pillow does not, or otherwise."""
    rgb = pixels(1, width=WIDTH, height=HEIGHT)
    deep = rgb.astype(np.uint16) * 257
    real = rgb.astype(np.float32) / 255
    made = {
        "hdr": encode(real, ".hdr"),
        "pfm": encode(real, ".pfm"),
        "pam": encode(rgb, ".pam"),
        "sun": encode(rgb, ".ras"),
        "deep.png": encode(deep, ".png"),
        "deep.tif": encode(deep, ".tiff"),
        "deep.jp2": encode(deep, ".jp2"),
        "deep.ppm": encode(deep, ".ppm"),
        "real.tif": encode(real, ".tiff"),
        "progressive.jpg": encode(rgb, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    }
    return made | {"text.ppm": b"P3\n%d %d\n255\n%b\n" % (WIDTH, HEIGHT, b" ".join(b"%d" % v for v in rgb.flat))}


def by_hand() -> dict[str, bytes]:
    """Several frames or pages, other layouts, and files that only begin as a format does."""
    turned = [image().rotate(angle) for angle in (90, 180)]
    several: dict[str, Any] = {"save_all": True, "append_images": turned}
    made = {
        "pages.tif": saved("TIFF", **several),
        "lzw.tif": saved("TIFF", compression="tiff_lzw"),
        "jpeg.tif": saved("TIFF", compression="jpeg"),
        "deflate.tif": saved("TIFF", compression="tiff_deflate"),
        "fax.tif": saved("TIFF", converted("1"), compression="group4"),
        "big.tif": saved("TIFF", big_tiff=True),
        "frames.gif": saved("GIF", **several),
        "frames.png": saved("PNG", **several),
        "frames.webp": saved("WEBP", **several),
        "lossless.webp": saved("WEBP", lossless=True),
        "tiles.jp2": saved("JPEG2000", tile_size=(16, 16)),
        "bare.j2k": saved("JPEG2000", no_jp2=True),
        "os2.bmp": b"BM" + bytes(8) + b"\x1a\0\0\0\x0c\0\0\0\x02\0\x02\0\x01\0\x18\0" + bytes(16),
        "adobe.jpg": saved("JPEG", converted("CMYK"), quality=100),
        "svg": b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "page": b"<!doctype html><title>404</title>",
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
        "film": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(100),
        "psd": b"8BPS\0\1" + bytes(100),
        "exr": b"\x76\x2f\x31\x01" + bytes(100),
        "jxl": b"\xff\x0a" + bytes(100),
        "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "nothing": b"",
        "zeros": bytes(1000),
    }
    if features.check("avif"):
        made |= {
            "frames.avif": saved("AVIF", **several),
            "mask.avif": saved("AVIF", image().convert("RGBA").rotate(20)),
        }
    return made


def readable() -> dict[str, bytes]:
    """One or more pictures of each format that is read."""
    names = (
        "AVIF-RGB",
        "JPEG-RGB",
        "JPEG-CMYK",
        "PNG-RGB",
        "PNG-P",
        "GIF-P",
        "BMP-RGB",
        "BMP-P",
        "WEBP-RGB",
        "TIFF-RGB",
    )
    made = {name: data for name, data in by_pillow().items() if name in {*names, "JPEG2000-RGB", "PPM-RGB", "PPM-1"}}
    more = by_hand() | by_opencv()
    kinds = ("pages.tif", "lzw.tif", "jpeg.tif", "fax.tif", "big.tif", "real.tif", "frames.gif", "frames.png")
    others = ("frames.webp", "lossless.webp", "tiles.jp2", "bare.j2k", "mask.avif", "progressive.jpg", "text.ppm")
    return made | {name: more[name] for name in (*kinds, *others) if name in more}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to sixteen changes: bits, bytes, large numbers, cuts, repeats; half of them where headers stand."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(changed) if chance.random() < 0.5 else min(len(changed), 400))
        match chance.randrange(7):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
            case 2:
                del changed[max(1, place) :]
            case 3:
                del changed[place : place + chance.randrange(1, 40)]
            case 4:
                changed[place:place] = changed[place : place + chance.randrange(1, 200)]
            case 5:
                numbers = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\1\0\0")
                changed[place : place + 4] = chance.choice(numbers)
            case _:
                changed[place : place + chance.randrange(1, 30)] = chance.randbytes(chance.randrange(1, 30))
        changed = changed or bytearray(1)
    return bytes(changed)
