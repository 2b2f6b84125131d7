"""``cutmix``: a box of one picture in the other, shares by area, Yun et al., 1905.04899."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from datatool.pipelines.augmentations._beta import MAX_ALPHA, beta_quantile
from datatool.pipelines.augmentations._extra import Mixing, Mixture, Uniforms, number
from datatool.pipelines.augmentations._streams import Stream


@dataclass(frozen=True)
class Cutmix(Mixing):
    """cutmix.

    Attributes:
        alpha: Parameter of the symmetric beta distribution of the shares.
    """

    name: ClassVar[str] = "cutmix"
    cuts: ClassVar[bool] = True
    alpha: float = number(1.0, most=MAX_ALPHA)

    def mixture(self, uniforms: Uniforms, size: int, /) -> Mixture:
        """The share is that of the pixels, after the box was clipped to the picture."""
        share = beta_quantile(self.alpha, float(uniforms[Stream.MIX_SHARE]))
        box = cut(share, float(uniforms[Stream.CUT_X]), float(uniforms[Stream.CUT_Y]), size)
        return Mixture(1 - (box[1] - box[0]) * (box[3] - box[2]) / size**2, box)


def cut(share: float, x: float, y: float, size: int, /) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a square of area 1 - ``share`` about a random centre, clipped to the picture."""
    half = round(size * math.sqrt(1 - share)) / 2
    spans = [(int(max(0, c * size - half)), int(min(size, c * size + half))) for c in (y, x)]
    return (*spans[0], *spans[1])
