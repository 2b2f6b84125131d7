"""The ops of RandAugment and TrivialAugment, on S x S pixels: op set and reach of Cubuk et al., 1909.13719.

A strength is in [-1, 1]; 1 is magnitude 30.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from datatool.images import Pixels
from datatool.pipelines.augmentations._extra import GREY, Uniforms
from datatool.pipelines.augmentations._streams import Stream


def _affine(image: Pixels, matrix: list[list[float]]) -> Pixels:
    """Warp about the centre."""
    import cv2

    full = np.array(matrix, np.float64)
    centre = (np.array(image.shape[1::-1]) - 1) / 2
    full[:, 2] += centre - full[:, :2] @ centre
    warped: Pixels = cv2.warpAffine(
        image, full, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderValue=(GREY, GREY, GREY)
    )
    return warped


def _rotate(image: Pixels, strength: float) -> Pixels:
    angle = math.radians(30 * strength)
    return _affine(image, [[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0]])


def _blend(other: Any, image: Pixels, factor: float) -> Pixels:
    """``other`` + factor x (image - other), clipped."""
    import cv2

    blended: Pixels = cv2.addWeighted(image, factor, np.ascontiguousarray(other, np.uint8), 1 - factor, 0)
    return blended


def _brightness(image: Pixels, strength: float) -> Pixels:
    return _blend(np.zeros_like(image), image, 1 + 0.9 * strength)


def _contrast(image: Pixels, strength: float) -> Pixels:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return _blend(np.full_like(image, round(float(grey.mean()))), image, 1 + 0.9 * strength)


def _color(image: Pixels, strength: float) -> Pixels:
    import cv2

    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return _blend(grey, image, 1 + 0.9 * strength)


def _sharpness(image: Pixels, strength: float) -> Pixels:
    import cv2

    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13
    return _blend(cv2.filter2D(image, -1, kernel), image, 1 + 0.9 * strength)


def _posterize(image: Pixels, strength: float) -> Pixels:
    bits = 8 - round(4 * abs(strength))
    return image & np.uint8(256 - (1 << (8 - bits)))


def _solarize(image: Pixels, strength: float) -> Pixels:
    return np.where(image >= round(256 * (1 - abs(strength))), 255 - image, image)


def _autocontrast(image: Pixels, strength: float) -> Pixels:
    import cv2

    del strength
    low, high = image.min((0, 1)).astype(np.float64), image.max((0, 1)).astype(np.float64)
    scale = np.where(high > low, 255 / np.maximum(high - low, 1), 1.0)
    table = (np.arange(256)[:, None] - np.where(high > low, low, 0)) * scale
    stretched: Pixels = cv2.LUT(image, table.clip(0, 255).round().astype(np.uint8)[:, None, :])
    return stretched


def _equalize(image: Pixels, strength: float) -> Pixels:
    import cv2

    del strength
    return np.dstack([cv2.equalizeHist(np.ascontiguousarray(image[..., channel])) for channel in range(3)])


OPS: Final[dict[str, Callable[[Pixels, float], Pixels]]] = {
    "identity": lambda image, _: image,
    "shear_x": lambda image, strength: _affine(image, [[1, 0.3 * strength, 0], [0, 1, 0]]),
    "shear_y": lambda image, strength: _affine(image, [[1, 0, 0], [0.3 * strength, 1, 0]]),
    "translate_x": lambda image, strength: _affine(image, [[1, 0, 0.45 * strength * image.shape[1]], [0, 1, 0]]),
    "translate_y": lambda image, strength: _affine(image, [[1, 0, 0], [0, 1, 0.45 * strength * image.shape[0]]]),
    "rotate": _rotate,
    "brightness": _brightness,
    "contrast": _contrast,
    "color": _color,
    "sharpness": _sharpness,
    "posterize": _posterize,
    "solarize": _solarize,
    "autocontrast": _autocontrast,
    "equalize": _equalize,
}
_NAMES: Final = tuple(OPS)


def op_of(uniforms: Uniforms, turn: int, strength: float, /) -> tuple[str, float]:
    """Name of a place's op of that turn, and ``strength`` with its sign."""
    name = _NAMES[int(uniforms[Stream.OP + turn] * len(_NAMES))]
    return name, strength if uniforms[Stream.OP_SIGN + turn] < 0.5 else -strength


def apply_ops(image: Pixels, ops: list[tuple[str, float]], /) -> None:
    """Apply the ops in turn, in place."""
    for name, strength in ops:
        image[:] = OPS[name](image, strength)
