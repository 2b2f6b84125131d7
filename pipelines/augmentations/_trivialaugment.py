"""``trivialaugment``: one op of random strength, Mueller and Hutter, 2103.10158."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from datatool.images import Pixels
from datatool.pipelines.augmentations._extra import PixelChange, Uniforms
from datatool.pipelines.augmentations._ops import apply_ops, op_of
from datatool.pipelines.augmentations._streams import Stream


@dataclass(frozen=True)
class TrivialAugment(PixelChange):
    """TrivialAugment."""

    name: ClassVar[str] = "trivialaugment"
    slot: ClassVar[str] = "policy"

    def op(self, uniforms: Uniforms, /) -> tuple[str, float]:
        """Name and strength in [-1, 1] of the op of one place."""
        return op_of(uniforms, 0, float(uniforms[Stream.OP_MAGNITUDE]))

    def change(self, image: Pixels, uniforms: Uniforms, /) -> None:
        """Apply the op of one place in place."""
        apply_ops(image, [self.op(uniforms)])
