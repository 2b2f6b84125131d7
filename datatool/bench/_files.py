"""What the files of a plan are like: sizes, formats, and what it takes to read and decode one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from statistics import median

from datatool.images import UnreadableError, decode, decode_scaled, read_encoded
from datatool.schemas import BenchFiles


def survey(paths: Sequence[str], /, *, max_pixels: int) -> BenchFiles:
    """Read each file twice and decode it once, in one thread."""
    first = again = decoding = 0.0
    sizes: list[int] = []
    sides: list[int] = []
    megapixels: list[float] = []
    formats: Counter[str] = Counter()
    for path in paths:
        try:
            begin = time.perf_counter()
            read_encoded(path, max_pixels=max_pixels)
            middle = time.perf_counter()
            data, header, _ = read_encoded(path, max_pixels=max_pixels)
            read = time.perf_counter()
            pixels = decode_scaled(data, header, scale=1) if header.scalable else None
            pixels = decode(data) if pixels is None else pixels
        except UnreadableError:
            continue
        first, again, decoding = first + middle - begin, again + read - middle, decoding + time.perf_counter() - read
        sizes.append(len(data))
        sides.append(min(pixels.shape[:2]))
        megapixels.append(pixels.shape[0] * pixels.shape[1] / 1e6)
        formats[header.format or "other"] += 1
    count = max(1, len(sizes))
    return BenchFiles(
        sampled=len(sizes),
        unreadable=len(paths) - len(sizes),
        mean_bytes=sum(sizes) / count,
        mean_megapixels=sum(megapixels) / count,
        median_short_side=int(median(sides)) if sides else 0,
        formats=dict(formats),
        first_read_ms=1000 * first / count,
        read_ms=1000 * again / count,
        decode_ms=1000 * decoding / count,
    )
