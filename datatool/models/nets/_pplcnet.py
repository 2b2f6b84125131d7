"""PP-LCNet (Cui et al. 2021, arXiv:2109.15099, table 1) with the parameter names of PaddleClas's files.

    conv1                 3x3 convolution, stride 2
    blocks2 .. blocks6    dw_conv, se in blocks6, pw_conv: a depthwise and a 1x1 convolution
    avg_pool, last_conv, dropout, fc

A convolution `c` holds `c.conv.weight` and batch norm `c.bn.{weight,bias,_mean,_variance}`; every one but those of the
gates is followed by h-swish.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final, NamedTuple

from datatool.models.nets._mobile_layers import mobile_layers, width_of
from datatool.schemas import require


class _Step(NamedTuple):
    size: int
    width: int
    stride: int = 1
    gate: bool = False


_STEM: Final = 16
_STAGES: Final = {
    "blocks2": (_Step(3, 32),),
    "blocks3": (_Step(3, 64, 2), _Step(3, 64)),
    "blocks4": (_Step(3, 128, 2), _Step(3, 128)),
    "blocks5": (_Step(3, 256, 2), *[_Step(5, 256)] * 5),
    "blocks6": (_Step(5, 512, 2, gate=True), _Step(5, 512, gate=True)),
}
_LAST: Final = 1280
_DROPOUT: Final = 0.2
_SCALES: Final = ("0_25", "0_35", "0_5", "0_75", "1_0", "1_5", "2_0", "2_5")


def _make(scale: float, /, *, class_num: int) -> Any:
    return _layers().PPLCNet(scale, class_num)


PPLCNETS: Final[dict[str, Callable[..., Any]]] = {
    f"pplcnet_x{scale}": partial(_make, float(scale.replace("_", "."))) for scale in _SCALES
}


@cache
def _layers() -> Any:
    """Classes derived from Paddle's layers, made once Paddle is there."""
    nn = require("paddle", extra="paddle").nn
    layers = mobile_layers()

    class Block(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, filters: int, step: _Step) -> None:
            super().__init__()
            self.dw_conv = layers.ConvNorm(channels, channels, step.size, stride=step.stride, groups=channels)
            self.se: Any = layers.Gate(channels) if step.gate else None
            self.pw_conv = layers.ConvNorm(channels, filters, 1)

        def forward(self, x: Any) -> Any:
            x = self.dw_conv(x)
            return self.pw_conv(x if self.se is None else self.se(x))

    class PPLCNet(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, scale: float, class_num: int) -> None:
            super().__init__()
            channels = width_of(_STEM * scale)
            self.conv1 = layers.ConvNorm(3, channels, 3, stride=2)
            for name, steps in _STAGES.items():
                blocks = []
                for step in steps:
                    filters = width_of(step.width * scale)
                    blocks.append(Block(channels, filters, step))
                    channels = filters
                setattr(self, name, nn.Sequential(*blocks))
            self.avg_pool = nn.AdaptiveAvgPool2D(1)
            self.last_conv = nn.Conv2D(channels, _LAST, 1, bias_attr=False)
            self.act = nn.Hardswish()
            self.dropout = nn.Dropout(_DROPOUT, mode="downscale_in_infer")
            self.flatten = nn.Flatten()
            self.fc = nn.Linear(_LAST, class_num)

        def forward(self, x: Any) -> Any:
            x = self.conv1(x)
            for name in _STAGES:
                x = getattr(self, name)(x)
            x = self.dropout(self.act(self.last_conv(self.avg_pool(x))))
            return self.fc(self.flatten(x))

    class Layers(NamedTuple):
        PPLCNet: Any

    return Layers(PPLCNet=PPLCNet)
