"""``randaugment``: some ops of one strength, Cubuk et al., 1909.13719."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from datatool.images import Pixels
from datatool.pipelines.augmentations._extra import PixelChange, Uniforms, number
from datatool.pipelines.augmentations._ops import apply_ops, op_of
from datatool.pipelines.augmentations._streams import MAX_OPS

MAX_MAGNITUDE: Final = 30  # the usual scale of RandAugment


@dataclass(frozen=True)
class RandAugment(PixelChange):
    """RandAugment.

    Attributes:
        num_ops: Ops for each picture.
        magnitude: Their strength.
    """

    name: ClassVar[str] = "randaugment"
    slot: ClassVar[str] = "policy"
    num_ops: int = number(2, most=MAX_OPS, whole=True)
    magnitude: int = number(9, most=MAX_MAGNITUDE, whole=True)

    def ops(self, uniforms: Uniforms, /) -> list[tuple[str, float]]:
        """Names and strengths in [-1, 1] of the ops of one place."""
        return [op_of(uniforms, turn, self.magnitude / MAX_MAGNITUDE) for turn in range(self.num_ops)]

    def change(self, image: Pixels, uniforms: Uniforms, /) -> None:
        """Apply the ops of one place in place."""
        apply_ops(image, self.ops(uniforms))
