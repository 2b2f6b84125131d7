"""RepVGG-A0 for Paddle (Ding et al. 2021, arXiv 2101.03697, table 2: depths 2-4-14-1, widths x0.75 and x2.5)."""

from __future__ import annotations

from typing import Any, Final

from paddle import nn

from datatool.models._blocks_paddle import RepVGGBlock

_DEPTHS: Final = (2, 4, 14, 1)
_WIDTHS: Final = (48, 96, 192, 1280)  # 64, 128, 256 x 0.75; 512 x 2.5
_STEM: Final = 48


class RepVGG(nn.Layer):
    """A stem and four stages of blocks, global mean, and a linear head named ``linear``."""

    def __init__(self, *, num_classes: int, squeeze_excite: bool = False) -> None:
        super().__init__()
        self.stage0 = RepVGGBlock(3, _STEM, stride=2, squeeze_excite=squeeze_excite)
        channels = _STEM
        for index, (depth, width) in enumerate(zip(_DEPTHS, _WIDTHS, strict=True), start=1):
            blocks = []
            for place in range(depth):
                blocks.append(
                    RepVGGBlock(channels, width, stride=2 if place == 0 else 1, squeeze_excite=squeeze_excite)
                )
                channels = width
            setattr(self, f"stage{index}", nn.Sequential(*blocks))
        self.gap = nn.AdaptiveAvgPool2D(1)
        self.linear = nn.Linear(channels, num_classes)

    def forward(self, inputs: Any) -> Any:
        outputs = inputs
        for stage in (self.stage0, self.stage1, self.stage2, self.stage3, self.stage4):
            outputs = stage(outputs)
        return self.linear(self.gap(outputs).flatten(1))


def repvgg_a0(*, num_classes: int) -> RepVGG:
    """RepVGG-A0; about 8.3 M parameters merged, at 1,000 classes."""
    return RepVGG(num_classes=num_classes)
