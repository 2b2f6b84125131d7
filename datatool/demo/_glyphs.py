"""Digits drawn with the fonts that Pillow and OpenCV bring along; no font of the system is needed."""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import require

SIDE: Final = 32  # pixels of every picture of the demo
GRID: Final = 8  # scikit-learn's digits were scanned down to 8 x 8
_CANVAS: Final = 64

_OPENCV_FACES: Final = (
    "FONT_HERSHEY_SIMPLEX",
    "FONT_HERSHEY_PLAIN",
    "FONT_HERSHEY_DUPLEX",
    "FONT_HERSHEY_COMPLEX",
    "FONT_HERSHEY_SCRIPT_SIMPLEX",
)
_NUM_PILLOW: Final = 2  # of seven equally likely faces, two are Pillow's, thin and thick


def draw_digit(digit: int, /, *, random: np.random.Generator) -> NDArray[np.uint8]:
    """One synthetic digit, uint8 (32, 32), white on black: font, slant, width, blur and brightness are drawn."""
    face = int(random.integers(len(_OPENCV_FACES) + _NUM_PILLOW))
    if face < len(_OPENCV_FACES):
        ink = _with_opencv(digit, _OPENCV_FACES[face], thickness=int(random.integers(2, 6)))
    else:
        ink = _with_pillow(digit, stroke=int(random.integers(0, 4)))
    return _scan(_square(_crop(_slant(ink, random))), random)


def enlarge(small: NDArray[np.uint8], /) -> NDArray[np.uint8]:
    """8 x 8 to 32 x 32, so that real and synthetic digits pass through the same grid."""
    cv2 = _cv2()
    large: NDArray[np.uint8] = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return large


def _with_opencv(digit: int, face: str, *, thickness: int) -> NDArray[np.uint8]:
    cv2 = _cv2()
    ink = np.zeros((_CANVAS, _CANVAS), np.uint8)
    font, scale = getattr(cv2, face), 1.6
    (width, height), _ = cv2.getTextSize(str(digit), font, scale, thickness)
    origin = ((_CANVAS - width) // 2, (_CANVAS + height) // 2)
    cv2.putText(ink, str(digit), origin, font, scale, 255, thickness, cv2.LINE_AA)
    return ink


def _with_pillow(digit: int, *, stroke: int) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (_CANVAS, _CANVAS))
    middle = (_CANVAS / 2, _CANVAS / 2)
    ImageDraw.Draw(picture).text(middle, str(digit), fill=255, font=_pillow_font(), anchor="mm", stroke_width=stroke)
    return np.array(picture)


@functools.cache
def _pillow_font() -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(40)


def _slant(ink: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, shear and stretch about the middle, as hands do."""
    angle, shear = np.radians(random.normal(0, 8)), random.normal(0, 0.2)
    stretch = np.diag([random.uniform(0.7, 1.1), random.uniform(0.85, 1.1)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, shear], [0, 1]]) @ stretch
    middle = np.array([_CANVAS / 2, _CANVAS / 2])
    slanted: NDArray[np.uint8] = _cv2().warpAffine(
        ink, np.column_stack([matrix, middle - matrix @ middle]), (_CANVAS, _CANVAS)
    )
    return slanted


def _crop(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.nonzero(ink > 40)  # a sixth of full brightness: without the antialiased rim
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _square(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = max(ink.shape)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    square[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return square


def _scan(ink: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Blur and brightness of a scan, on the grid of the real digits."""
    cv2 = _cv2()
    blurred = cv2.GaussianBlur(ink, (0, 0), random.uniform(0.5, 2.5))
    small = cv2.resize(blurred, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float64)
    return enlarge(np.minimum(small * random.uniform(1.0, 1.4), 255).astype(np.uint8))


def _cv2() -> Any:
    return require("cv2", extra="demo")
