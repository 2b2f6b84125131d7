"""``erase``: a box of mid-grey, after Zhong et al., Random Erasing, 1708.04896."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.images import Pixels
from datatool.pipelines.augmentations._extra import GREY, PixelChange, Uniforms, number
from datatool.pipelines.augmentations._streams import Stream


@dataclass(frozen=True)
class Erase(PixelChange):
    """Random erasing.

    Attributes:
        probability: That a box of the picture is filled.
    """

    name: ClassVar[str] = "erase"
    num_dali_inputs: ClassVar[int] = 2
    probability: float = number(0.25, most=1)

    def box(self, uniforms: Uniforms, size: int, /) -> tuple[int, int, int, int]:
        """x, y, width and height of the erased box; empty where nothing is erased.

        Area 2 to 33 % of the picture and ratio 0.3 to 3.3, as in the paper.
        """
        if uniforms[Stream.ERASE] >= self.probability:
            return 0, 0, 0, 0
        area = size * size * (0.02 + 0.31 * float(uniforms[Stream.ERASE_AREA]))
        ratio = math.exp((2 * float(uniforms[Stream.ERASE_RATIO]) - 1) * math.log(3.3))
        width, height = min(size, round(math.sqrt(area * ratio))), min(size, round(math.sqrt(area / ratio)))
        x = int(uniforms[Stream.ERASE_X] * (size - width + 1))
        y = int(uniforms[Stream.ERASE_Y] * (size - height + 1))
        return x, y, width, height

    def change(self, image: Pixels, uniforms: Uniforms, /) -> None:
        """Fill the box of one picture in place."""
        x, y, width, height = self.box(uniforms, image.shape[0])
        image[y : y + height, x : x + width] = GREY

    def dali_inputs(self, uniforms: NDArray[np.float64], empty: NDArray[np.bool_], size: int, /) -> list[NDArray[Any]]:
        """Corner (y, x) and sides (height, width) of each place, float32 (B, 2) each."""
        boxes = np.array([self.box(row, size) for row in uniforms], np.float32)
        boxes[empty] = 0
        return [np.ascontiguousarray(boxes[:, columns]) for columns in ([1, 0], [3, 2])]

    def dali_change(self, fn: Any, images: Any, told: list[Any], /) -> Any:
        """DALI's erase."""
        corner, sides = told
        return fn.erase(images, anchor=corner, shape=sides, axis_names="HW", fill_value=float(GREY))
