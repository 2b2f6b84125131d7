"""``mixup``: two pictures blended, Zhang et al., 1710.09412."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from datatool.pipelines.augmentations._beta import MAX_ALPHA, beta_quantile
from datatool.pipelines.augmentations._extra import Mixing, Mixture, Uniforms, number
from datatool.pipelines.augmentations._streams import Stream


@dataclass(frozen=True)
class Mixup(Mixing):
    """mixup.

    Attributes:
        alpha: Parameter of the symmetric beta distribution of the shares.
    """

    name: ClassVar[str] = "mixup"
    alpha: float = number(0.2, most=MAX_ALPHA)

    def mixture(self, uniforms: Uniforms, size: int, /) -> Mixture:
        """The whole of both pictures."""
        del size
        return Mixture(beta_quantile(self.alpha, float(uniforms[Stream.MIX_SHARE])), None)
