"""``jitter``: brightness, contrast, saturation and hue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.images import Pixels
from datatool.pipelines.augmentations._extra import GREY, PixelChange, Uniforms, number
from datatool.pipelines.augmentations._streams import Stream

_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601
_RGB_TO_YIQ: Final = np.array([_LUMA, (0.596, -0.274, -0.321), (0.211, -0.523, 0.311)])


class ColourFactors(NamedTuple):
    """Colour of one place; ``hue`` in degrees, the others 1 for no change."""

    brightness: float
    contrast: float
    saturation: float
    hue: float

    def apply(self, image: Pixels, /) -> None:
        """One affine map of colours, computed as DALI's color_twist does, in place."""
        import cv2

        angle = math.radians(self.hue)
        turn = np.array([[1, 0, 0], [0, math.cos(angle), math.sin(angle)], [0, -math.sin(angle), math.cos(angle)]])
        turn[1:] *= self.saturation
        matrix = np.linalg.inv(_RGB_TO_YIQ) @ turn @ _RGB_TO_YIQ * (self.brightness * self.contrast)
        offset = np.full((3, 1), GREY * (1 - self.contrast) * self.brightness)
        image[:] = cv2.transform(image, np.hstack([matrix, offset]))


_UNCHANGED: Final = ColourFactors(1.0, 1.0, 1.0, 0.0)


@dataclass(frozen=True)
class Jitter(PixelChange):
    """Colour jitter.

    Attributes:
        amount: Largest relative change of brightness, contrast and saturation; hue moves by up to a quarter of it, in
            turns.
    """

    name: ClassVar[str] = "jitter"
    num_dali_inputs: ClassVar[int] = 4
    amount: float = number(0.4, most=1)

    def factors(self, uniforms: Uniforms, /) -> ColourFactors:
        """Factors in 1 +- amount, and a hue within a quarter of amount of a full turn."""
        brightness, contrast, saturation, hue = (
            (2 * uniforms[Stream.BRIGHTNESS : Stream.HUE + 1] - 1) * self.amount
        ).tolist()
        return ColourFactors(1 + brightness, 1 + contrast, 1 + saturation, hue / 4 * 360)

    def change(self, image: Pixels, uniforms: Uniforms, /) -> None:
        """Change the colours of one picture in place."""
        self.factors(uniforms).apply(image)

    def dali_inputs(self, uniforms: NDArray[np.float64], empty: NDArray[np.bool_], size: int, /) -> list[NDArray[Any]]:
        """The four factors of each place, float32 (B,) each."""
        del size
        factors = np.array([self.factors(row) for row in uniforms], np.float32)
        factors[empty] = _UNCHANGED
        return list(np.ascontiguousarray(factors.T))

    def dali_change(self, fn: Any, images: Any, told: list[Any], /) -> Any:
        """DALI's color_twist."""
        brightness, contrast, saturation, hue = told
        return fn.color_twist(images, brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
