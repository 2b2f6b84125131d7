"""Colour, geometry and erasing on S x S pixels, drawn from a place's random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.images import Pixels
from datatool.pipelines._augment import MAX_MAGNITUDE, Augment, Stream

GREY: Final = 128
_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601
_RGB_TO_YIQ: Final = np.array([_LUMA, (0.596, -0.274, -0.321), (0.211, -0.523, 0.311)])


class Jitter(NamedTuple):
    """Colour factors of one place; ``hue`` in degrees, the others 1 for no change."""

    brightness: float
    contrast: float
    saturation: float
    hue: float


UNCHANGED: Final = Jitter(1.0, 1.0, 1.0, 0.0)


def change(image: Pixels, augment: Augment, uniforms: NDArray[np.float64], /) -> None:
    """Apply policies, jitter and erasing, in this order, in place to uint8 (S, S, 3)."""
    if augment.num_ops or augment.trivial:
        for op, strength in drawn_ops(augment, uniforms):
            image[:] = OPS[op](image, strength)
    if augment.jitter:
        apply_jitter(image, drawn_jitter(augment, uniforms))
    if augment.erase:
        x, y, width, height = drawn_erasure(augment, uniforms, image.shape[0])
        image[y : y + height, x : x + width] = GREY


def drawn_jitter(augment: Augment, uniforms: NDArray[np.float64], /) -> Jitter:
    """Factors in 1 +- jitter, and a hue within a quarter of jitter of a full turn."""
    brightness, contrast, saturation, hue = (
        (2 * uniforms[Stream.BRIGHTNESS : Stream.HUE + 1] - 1) * augment.jitter
    ).tolist()
    return Jitter(1 + brightness, 1 + contrast, 1 + saturation, hue / 4 * 360)


def apply_jitter(image: Pixels, jitter: Jitter, /) -> None:
    """One affine map of colours, computed as DALI's color_twist does, in place."""
    import cv2

    angle = math.radians(jitter.hue)
    turn = np.array([[1, 0, 0], [0, math.cos(angle), math.sin(angle)], [0, -math.sin(angle), math.cos(angle)]])
    turn[1:] *= jitter.saturation
    matrix = np.linalg.inv(_RGB_TO_YIQ) @ turn @ _RGB_TO_YIQ * (jitter.brightness * jitter.contrast)
    offset = np.full((3, 1), GREY * (1 - jitter.contrast) * jitter.brightness)
    image[:] = cv2.transform(image, np.hstack([matrix, offset]))


def drawn_erasure(augment: Augment, uniforms: NDArray[np.float64], size: int, /) -> tuple[int, int, int, int]:
    """x, y, width and height of the erased box; empty where nothing is erased.

    Area 2 to 33 % of the picture and ratio 0.3 to 3.3, as in Zhong et al., Random Erasing, 1708.04896.
    """
    if uniforms[Stream.ERASE] >= augment.erase:
        return 0, 0, 0, 0
    area = size * size * (0.02 + 0.31 * float(uniforms[Stream.ERASE_AREA]))
    ratio = math.exp((2 * float(uniforms[Stream.ERASE_RATIO]) - 1) * math.log(3.3))
    width, height = min(size, round(math.sqrt(area * ratio))), min(size, round(math.sqrt(area / ratio)))
    x = int(uniforms[Stream.ERASE_X] * (size - width + 1))
    y = int(uniforms[Stream.ERASE_Y] * (size - height + 1))
    return x, y, width, height


def drawn_ops(augment: Augment, uniforms: NDArray[np.float64], /) -> list[tuple[str, float]]:
    """Names and strengths in [-1, 1] of the ops of one place."""
    ops: list[tuple[str, float]] = []
    for turn in range(1 if augment.trivial else augment.num_ops):
        name = _NAMES[int(uniforms[Stream.OP + turn] * len(_NAMES))]
        strength = uniforms[Stream.OP_MAGNITUDE + turn] if augment.trivial else augment.magnitude / MAX_MAGNITUDE
        ops.append((name, float(strength) if uniforms[Stream.OP_SIGN + turn] < 0.5 else -float(strength)))
    return ops


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


# The op set and the reach of RandAugment, Cubuk et al., 1909.13719; strength 1 is magnitude 30.
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
