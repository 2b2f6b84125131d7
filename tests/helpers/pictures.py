"""Pictures of many kinds, sound and damaged, and requests that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datatool.pipelines import Candidate, Request, Stream
from datatool.pipelines._engine import no_substitute


def pixels(seed: int = 0, *, width: int = 300, height: int = 200) -> NDArray[np.uint8]:
    """A smooth picture with detail, uint8 (H, W, 3) RGB."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (6, 9, 3), np.uint8)
    fine = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    size = (width, height)
    mixed = cv2.addWeighted(
        cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC),
        0.8,
        cv2.resize(fine, size, interpolation=cv2.INTER_CUBIC),
        0.2,
        0,
    )
    return np.asarray(mixed, np.uint8)


def encode(image: NDArray[Any], suffix: str, *options: int) -> bytes:
    """Encode RGB, RGBA or grey pixels."""
    channels = 1 if image.ndim == 2 else image.shape[2]
    swapped = {1: lambda x: x, 3: lambda x: x[..., ::-1], 4: lambda x: x[..., [2, 1, 0, 3]]}[channels](image)
    done, data = cv2.imencode(suffix, np.ascontiguousarray(swapped), list(options))
    assert done
    return data.tobytes()


def jpeg(seed: int = 0, *, width: int = 300, height: int = 200) -> bytes:
    return encode(pixels(seed, width=width, height=height), ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95)


def turned(data: bytes, orientation: int) -> bytes:
    """A JPEG with an EXIF orientation."""
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + orientation.to_bytes(2, "big") + b"\0\0\0\0\0\0"
    segment = b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff
    return data[:2] + segment + data[2:]


def kinds() -> dict[str, bytes]:
    """Name -> a sound picture of that kind."""
    from PIL import Image

    rgb = pixels(1)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    alpha = np.dstack([rgb, grey])

    def pillow(mode: str, kind: str) -> bytes:
        import io

        stream = io.BytesIO()
        Image.fromarray(rgb).convert(mode).save(stream, kind)
        return stream.getvalue()

    return {
        "colour.jpg": jpeg(1),
        "progressive.jpg": encode(rgb, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "grey.jpg": encode(grey, ".jpg"),
        "cmyk.jpg": pillow("CMYK", "JPEG"),
        "palette.png": pillow("P", "PNG"),
        "colour.png": encode(rgb, ".png"),
        "alpha.png": encode(alpha, ".png"),
        "deep.png": encode((rgb.astype(np.uint16) * 257).astype(np.uint16), ".png"),
        "colour.webp": encode(rgb, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101),
        "colour.bmp": encode(rgb, ".bmp"),
        "colour.tiff": encode(rgb, ".tiff"),
        "colour.gif": pillow("P", "GIF"),
        "tiny.png": encode(rgb[:1, :1], ".png"),
        "tall.jpg": jpeg(2, width=17, height=300),
        "wide.jpg": jpeg(3, width=300, height=9),
        "large.jpg": jpeg(4, width=1600, height=1100),
        **{f"turned_{orientation}.jpg": turned(jpeg(5), orientation) for orientation in range(2, 9)},
    }


def damages() -> dict[str, bytes]:
    """Name -> a file that is not a sound picture."""
    data = jpeg(6)
    scan = data.index(b"\xff\xda") + 14
    tables = data.index(b"\xff\xc4")
    return {
        "no_end.jpg": data[:-2],
        "half.jpg": data[: len(data) // 2],
        "rot.jpg": data[: scan + 500] + bytes(200) + data[scan + 700 :],
        "no_tables.jpg": data[:tables] + data[scan - 14 :],
        "bad_tables.jpg": data[: tables + 5] + b"\xff" * 16 + data[tables + 21 :],
        "header_only.jpg": data[: scan - 14],
        "empty.jpg": b"",
        "page.jpg": b"<!doctype html><title>404</title>",
        "half.png": encode(pixels(7), ".png")[:2000],
    }


def write(folder: Path, files: dict[str, bytes]) -> list[str]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [str(folder / name) for name in files]


def requests(
    paths: Sequence[str],
    *,
    batch_size: int,
    num_batches: int | None = None,
    seed: int = 0,
    substitute: Callable[[int, int], Candidate | None] = no_substitute,
) -> Iterator[Request]:
    """Batches of all paths in turn; row n is path n, and position p shows row p modulo the number of paths."""
    total = len(paths) if num_batches is None else num_batches * batch_size
    for step, first in enumerate(range(0, total, batch_size)):
        positions = np.arange(first, min(first + batch_size, total))
        rows = positions % len(paths)
        draws = [np.random.default_rng((seed, int(position))) for position in positions]
        yield Request(
            epoch=0,
            step=step,
            positions=positions,
            rows=rows,
            paths=[paths[row] for row in rows.tolist()],
            uniforms=np.array([draw.random(Stream.SIZE) for draw in draws]),
            seeds=positions.astype(np.uint64),
            next_use=positions + len(paths),
            substitute=substitute,
        )
