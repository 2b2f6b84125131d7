"""Cut, resize and flip with OpenCV, straight into a place of the batch."""

from __future__ import annotations

import math
from typing import Final

from datatool.images import Pixels
from datatool.pipelines._geometry import Geometry
from datatool.pipelines.augmentations import Augment

_WIDEST_TAPS: Final = 2.0  # how far three taps can shrink
_LEAST: Final = 1e-3  # of a neighbour; less does not show in bytes


def render(pixels: Pixels, shape: Geometry, scale: int, augment: Augment, out: Pixels, /) -> None:
    """Write one place.

    Args:
        pixels: uint8 (H, W, 3), the upright original decoded at 1 / ``scale``.
        shape: In pixels of the original.
        scale: 1, 2, 4 or 8.
        augment: Its interpolation is used.
        out: uint8 (S, S, 3), contiguous.
    """
    import cv2

    x, y = shape.x // scale, shape.y // scale
    box = pixels[y : y - (-shape.height // scale), x : x - (-shape.width // scale)]
    if augment.crop == "random" and augment.interpolation == "area":
        antialias(box, out)
    else:
        _resize(box, shape, augment, out)
    if shape.flip:
        cv2.flip(out, 1, dst=out)


def _resize(box: Pixels, shape: Geometry, augment: Augment, out: Pixels) -> None:
    import cv2

    size = (shape.out_width, shape.out_height)
    method = _method(augment, width=box.shape[1], height=box.shape[0], size=size)
    if size == out.shape[1::-1]:
        cv2.resize(box, size, dst=out, interpolation=method)
        return
    whole = cv2.resize(box, size, interpolation=method)
    out[:] = whole[shape.top : shape.top + out.shape[0], shape.left : shape.left + out.shape[1]]


def antialias(box: Pixels, out: Pixels, /) -> None:
    """Resize ``box`` to ``out`` with a filter as wide as a pixel of the result.

    Up to half the size: a filter of three taps, then linear interpolation; together they have the variance of the
    triangle filter that DALI, Pillow and torchvision use, and take less than half the time of averaging areas in
    OpenCV, which serves where pictures shrink further.
    """
    import cv2

    size = out.shape[1::-1]
    across, down = box.shape[1] / size[0], box.shape[0] / size[1]
    if max(across, down) > _WIDEST_TAPS and min(across, down) >= 1:
        cv2.resize(box, size, dst=out, interpolation=cv2.INTER_AREA)
        return
    sigma_x, sigma_y = _sigma(across), _sigma(down)
    if sigma_x or sigma_y:
        taps = (3 if sigma_x else 1, 3 if sigma_y else 1)
        border = cv2.BORDER_REPLICATE
        box = cv2.GaussianBlur(box, taps, sigmaX=sigma_x or 1.0, sigmaY=sigma_y or 1.0, borderType=border)
    cv2.resize(box, size, dst=out, interpolation=cv2.INTER_LINEAR)


def _sigma(ratio: float) -> float:
    """Of the Gaussian with taps a, 1 - 2a, a that widens linear interpolation to a triangle of half-width ``ratio``.

    Variances add up: 2a + 1/6 = ratio^2 / 6. OpenCV takes a / (1 - 2a) as exp(-1 / (2 sigma^2)).
    """
    ratio = min(ratio, _WIDEST_TAPS)
    outer = (ratio * ratio - 1) / 12
    return math.sqrt(-0.5 / math.log(outer / (1 - 2 * outer))) if outer > _LEAST else 0.0


def _method(augment: Augment, *, width: int, height: int, size: tuple[int, int]) -> int:
    """OpenCV's name of the interpolation; ``area`` averages only where both sides shrink."""
    import cv2

    if augment.interpolation == "area":
        return cv2.INTER_AREA if width >= size[0] and height >= size[1] else cv2.INTER_LINEAR
    return {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "nearest": cv2.INTER_NEAREST}[augment.interpolation]
