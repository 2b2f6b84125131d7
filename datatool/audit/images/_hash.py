"""Hashes of an image: of its bytes, of its pixels, and of what it looks like."""

from __future__ import annotations

import functools
import hashlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

THUMB_SIDE: Final = 32  # px; the cosine transform sees this much
_DIGEST: Final = 16  # bytes; 128 bits, no accidental collision among billions of files
_NUM_BITS: Final = 64
_MIDDLE: Final = (_NUM_BITS // 2 - 1, _NUM_BITS // 2)  # places of the two middle values
_MIN_CONTRAST: Final = 8  # grey levels; the coefficients of a flatter picture are noise


def byte_hash(data: bytes, /) -> str:
    """BLAKE2b-128 of a file's bytes, in hexadecimal."""
    return hashlib.blake2b(data, digest_size=_DIGEST).hexdigest()


def pixel_hash(pixels: NDArray[Any], /, *, mode: str) -> str:
    """BLAKE2b-128 of pixels with their shape and mode: equal bytes in another shape are another picture.

    >>> a = np.zeros((4, 6), np.uint8)
    >>> pixel_hash(a, mode="L") == pixel_hash(a.reshape(6, 4), mode="L")
    False
    """
    digest = hashlib.blake2b(f"{mode} {pixels.shape} {pixels.dtype.str} ".encode(), digest_size=_DIGEST)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def perceptual_hash(thumb: NDArray[np.uint8], /) -> int | None:
    """64 bits that hardly change when a picture is re-encoded, resized or brightened.

    The 64 lowest frequencies of the two-dimensional cosine transform, without the constant, each above or below their
    median (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2, there over
    an 8 x 8 block).

    Args:
        thumb: Grey levels, uint8 (32, 32).

    Returns:
        A signed 64-bit integer, as databases hold it; None where the picture is too flat to have a look.
    """
    import cv2

    if int(thumb.max()) - int(thumb.min()) < _MIN_CONTRAST:
        return None
    lowest = cv2.dct(thumb.astype(np.float32))[_lowest_frequencies()]
    middle = np.partition(lowest, _MIDDLE)[list(_MIDDLE)].sum() / 2  # np.median, at a fifth of its overhead
    bits = np.packbits(lowest > middle)
    return int(bits.view(">i8")[0])


@functools.cache
def _lowest_frequencies() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the 64 lowest frequencies, diagonal by diagonal, the constant left out."""
    places = sorted(((i, j) for i in range(THUMB_SIDE) for j in range(THUMB_SIDE)), key=lambda p: (p[0] + p[1], p[0]))
    rows, columns = np.array(places[1 : _NUM_BITS + 1]).T
    return rows, columns
