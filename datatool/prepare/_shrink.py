"""One picture: read, shrunk, encoded, and put in place whole."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Literal, NamedTuple

from datatool.images import (
    DCT_SCALES,
    Pixels,
    UnreadableError,
    check_pixels,
    decode,
    decode_scaled,
    read_encoded,
    short_side,
)
from datatool.prepare._names import shrunk_name
from datatool.prepare._options import PrepareOptions
from datatool.schemas import atomic_file
from datatool.storage import signature


class Copy(NamedTuple):
    """What became of one picture; ``name`` is relative to the new folder."""

    kind: Literal["shrunk", "copied", "kept", "rejected"]
    name: str
    before: int  # bytes
    after: int
    reason: str = ""


def make_copy(original: str, folder: Path, name: str, options: PrepareOptions, /) -> Copy:
    """Make the copy of one picture, unless an earlier run has.

    Args:
        original: The picture.
        folder: The new folder.
        name: `copy_name` of the original.
        options: How it is made.
    """
    try:
        return _finished(original, folder, name, options) or _make(original, folder, name, options)
    except UnreadableError as error:
        return Copy("rejected", name, 0, 0, str(error))


def _finished(original: str, folder: Path, name: str, options: PrepareOptions) -> Copy | None:
    """An earlier copy that is no older than its original."""
    for each in dict.fromkeys((name, shrunk_name(name, options.short_side))):
        try:
            copy = os.stat(folder / each)
            before = signature(original)  # asked only now: of an object it costs a request
        except (OSError, ValueError):
            continue
        if copy.st_mtime_ns >= before.mtime:
            return Copy("kept", each, before.size, copy.st_size)
    return None


def _make(original: str, folder: Path, name: str, options: PrepareOptions) -> Copy:
    data, before, is_shrunk = shrink(original, options)
    kind: Literal["shrunk", "copied"] = "shrunk" if is_shrunk else "copied"
    return _put(folder, shrunk_name(name, options.short_side) if is_shrunk else name, data, before, kind)


def shrink(original: str, options: PrepareOptions, /) -> tuple[bytes, int, bool]:
    """Read a picture; the bytes of its copy, how many bytes it has itself, and whether it was encoded again.

    Raises:
        UnreadableError: If it cannot be read, or has too many pixels.
    """
    data, header, _ = read_encoded(original, max_pixels=options.max_pixels)
    pixels = None
    if header.scalable:
        if min(header.width, header.height) <= options.short_side:
            return data, len(data), False
        pixels = decode_scaled(data, header, scale=_scale(header.width, header.height, options.short_side))
    if pixels is None:
        pixels = decode(data)
    height, width = pixels.shape[:2]
    check_pixels(width * height, options.max_pixels)
    if min(width, height) <= options.short_side and not header.scalable:
        return data, len(data), False
    return _encode(pixels, options), len(data), True


def _encode(pixels: Pixels, options: PrepareOptions) -> bytes:
    import cv2
    import simplejpeg

    size = short_side(pixels.shape[1], pixels.shape[0], options.short_side)
    if size != pixels.shape[1::-1]:
        resize: Any = cv2.resize  # typed for any array
        pixels = resize(pixels, size, interpolation=cv2.INTER_AREA)
    encoded: bytes = simplejpeg.encode_jpeg(pixels, quality=options.quality, colorspace="RGB", colorsubsampling="420")
    return encoded


def _put(folder: Path, name: str, data: bytes, before: int, kind: Literal["shrunk", "copied"]) -> Copy:
    with atomic_file(folder / name, alone=True) as temporary:
        temporary.write_bytes(data)
    return Copy(kind, name, before, len(data))


def _scale(width: int, height: int, target: int) -> int:
    return next((scale for scale in DCT_SCALES if min(width, height) // scale >= target), 1)


def decode_seconds(path: str, target: int, /, *, max_pixels: int) -> float:
    """CPU seconds to decode a picture to a short side of at least ``target``, as the loader would."""
    data, header, _ = read_encoded(path, max_pixels=max_pixels)
    begin = time.thread_time()
    if header.scalable:
        decode_scaled(data, header, scale=_scale(header.width, header.height, target))
    else:
        decode(data)
    return time.thread_time() - begin
