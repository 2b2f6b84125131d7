"""Where a picture is cut and what size it takes: pure functions of its size and its random numbers.

original (upright)          resized             S x S
+------------------+      +---------+         +-----+
|    +--------+    |      |  +---+  |  left,  |     |  flip
|    |  box   |    | ---> |  |   |  |  top    |     | ------>
|    +--------+    |      |  +---+  | ------> +-----+
+------------------+      +---------+
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from numpy.typing import NDArray

from datatool.images import DCT_SCALES, short_side
from datatool.pipelines.augmentations import CROP_ATTEMPTS, Augment, Stream

# How much larger than S the decoded box stays. On photographs the mean difference from decoding in full is 2.2 levels
# at 1, 1.0 at 1.5 and 0.7 at 2; decoding at 2 costs a fifth more than at 1.5.
SCALE_MARGIN: Final = 1.5
# Of a longer picture only the middle is resized for a central crop: the rest would be gigabytes, and is cut away.
LONGEST: Final = 64
# As plain numbers: in Python 3.11 each use of an enum's member calls a function of Python.
_AREA, _RATIO, _X, _Y, _FLIP = map(int, (Stream.AREA, Stream.RATIO, Stream.X, Stream.Y, Stream.FLIP))


class Geometry(NamedTuple):
    """Pixels of the upright original, and of the resized box."""

    x: int
    y: int
    width: int
    height: int
    out_width: int
    out_height: int
    left: int  # of the S x S window in the resized box
    top: int
    flip: bool


def geometry(augment: Augment, uniforms: NDArray[Any], /, *, width: int, height: int, image_size: int) -> Geometry:
    """Cut, size and flip of one picture of ``width`` x ``height`` (upright).

    Args:
        augment: What is asked for.
        uniforms: float64 (`Stream.SIZE`,), one row of `Request.uniforms`.
        width: Of the upright original, pixels.
        height: Of the upright original, pixels.
        image_size: S.
    """
    flip = augment.flip > 0 and float(uniforms[_FLIP]) < augment.flip
    if augment.crop == "random":
        box = random_box(augment, uniforms.tolist(), width=width, height=height)
        shape = Geometry(*box, image_size, image_size, 0, 0, flip)
        return _snapped(shape, decode_scale(augment, shape))
    if augment.crop == "none":
        return Geometry(0, 0, width, height, image_size, image_size, 0, 0, flip)
    x, y, width, height = _middle(width, height)
    out_width, out_height = short_side(width, height, resize_of(augment, image_size))
    left, top = (out_width - image_size) // 2, (out_height - image_size) // 2
    shape = Geometry(x, y, width, height, out_width, out_height, left, top, flip)
    return _snapped(shape, decode_scale(augment, shape)) if x or y else shape


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    """x, y, width and height of the picture's middle, at most `LONGEST` times as long as it is wide."""
    longest = LONGEST * min(width, height)
    box_width, box_height = min(width, longest), min(height, longest)
    return (width - box_width) // 2, (height - box_height) // 2, box_width, box_height


def resize_of(augment: Augment, image_size: int, /) -> int:
    """Short side before the central crop: as given, or in the usual proportion of 256 to 224."""
    return augment.resize if augment.resize is not None else round(image_size * 256 / 224)


def random_box(augment: Augment, uniforms: list[float], /, *, width: int, height: int) -> tuple[int, int, int, int]:
    """x, y, width and height of a box of random area and ratio inside the picture."""
    low, high = math.log(augment.ratio[0]), math.log(augment.ratio[1])
    smallest, largest = augment.scale
    for attempt in range(CROP_ATTEMPTS):
        area = width * height * (smallest + uniforms[_AREA + attempt] * (largest - smallest))
        ratio = math.exp(low + uniforms[_RATIO + attempt] * (high - low))
        box_width, box_height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < box_width <= width and 0 < box_height <= height:
            x = int(uniforms[_X] * (width - box_width + 1))
            y = int(uniforms[_Y] * (height - box_height + 1))
            return x, y, box_width, box_height
    return _largest_box(augment, width=width, height=height)


def _largest_box(augment: Augment, *, width: int, height: int) -> tuple[int, int, int, int]:
    box_width = min(width, max(1, round(height * augment.ratio[1])))
    box_height = min(height, max(1, round(width / augment.ratio[0])))
    return (width - box_width) // 2, (height - box_height) // 2, box_width, box_height


def decode_scale(augment: Augment, shape: Geometry, /) -> int:
    """The original is decoded at 1 / scale: the largest fraction that leaves the resized box enough pixels.

    A function of original size, box and image_size only, so that a cache never changes a picture. Only where shrinking
    averages: the other interpolations are there to reproduce other programs' pixels.
    """
    if augment.interpolation != "area":
        return 1
    room = min(shape.width / shape.out_width, shape.height / shape.out_height) / SCALE_MARGIN
    for scale in DCT_SCALES:
        if room >= scale:
            return scale
    return 1


def _snapped(shape: Geometry, scale: int) -> Geometry:
    """The box on the grid of the scaled picture, so that it is the same box at every scale."""
    if scale == 1:
        return shape
    x, y, width, height = shape[:4]
    return Geometry(x // scale * scale, y // scale * scale, width // scale * scale, height // scale * scale, *shape[4:])
