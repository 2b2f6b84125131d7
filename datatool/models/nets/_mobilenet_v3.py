"""MobileNetV3 (Howard et al. 2019, arXiv:1905.02244, tables 1 and 2) with the parameter names of PaddleClas's files.

    conv                  3x3 convolution, stride 2
    blocks                expand_conv, bottleneck_conv (depthwise), mid_se where the block has a gate, linear_conv
    last_second_conv, avg_pool, last_conv, dropout, fc

Paddle's own `mobilenet_v3_small` and `mobilenet_v3_large` are other nets: other names, gates and heads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final, NamedTuple

from datatool.models.nets._mobile_layers import mobile_layers, width_of
from datatool.schemas import require


class _Step(NamedTuple):
    size: int
    inner: int
    width: int
    stride: int = 1
    gate: bool = False
    hard: bool = False  # h-swish, else ReLU


class _Net(NamedTuple):
    steps: tuple[_Step, ...]
    squeeze: int  # filters of last_second_conv


_STEM: Final = 16
_NETS: Final = {
    "large": _Net(
        (
            _Step(3, 16, 16),
            _Step(3, 64, 24, 2),
            _Step(3, 72, 24),
            _Step(5, 72, 40, 2, gate=True),
            *[_Step(5, 120, 40, gate=True)] * 2,
            _Step(3, 240, 80, 2, hard=True),
            _Step(3, 200, 80, hard=True),
            *[_Step(3, 184, 80, hard=True)] * 2,
            _Step(3, 480, 112, gate=True, hard=True),
            _Step(3, 672, 112, gate=True, hard=True),
            _Step(5, 672, 160, 2, gate=True, hard=True),
            *[_Step(5, 960, 160, gate=True, hard=True)] * 2,
        ),
        squeeze=960,
    ),
    "small": _Net(
        (
            _Step(3, 16, 16, 2, gate=True),
            _Step(3, 72, 24, 2),
            _Step(3, 88, 24),
            _Step(5, 96, 40, 2, gate=True, hard=True),
            *[_Step(5, 240, 40, gate=True, hard=True)] * 2,
            _Step(5, 120, 48, gate=True, hard=True),
            _Step(5, 144, 48, gate=True, hard=True),
            _Step(5, 288, 96, 2, gate=True, hard=True),
            *[_Step(5, 576, 96, gate=True, hard=True)] * 2,
        ),
        squeeze=576,
    ),
}
_LAST: Final = 1280
_DROPOUT: Final = 0.2
_SLOPE: Final = 0.2  # of the gates' hard sigmoid, where the paper has 1/6
_SCALES: Final = ("0_35", "0_5", "0_75", "1_0", "1_25")


def _make(net: str, scale: float, /, *, class_num: int) -> Any:
    return _layers().MobileNetV3(_NETS[net], scale, class_num)


MOBILENETS_V3: Final[dict[str, Callable[..., Any]]] = {
    f"mobilenetv3_{net}_x{scale}": partial(_make, net, float(scale.replace("_", ".")))
    for net in _NETS
    for scale in _SCALES
}


class _Layers(NamedTuple):
    MobileNetV3: Any


@cache
def _layers() -> _Layers:
    """Classes derived from Paddle's layers, made once Paddle is there."""
    nn = require("paddle", extra="paddle").nn
    layers = mobile_layers()

    class Block(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, step: _Step, scale: float) -> None:
            super().__init__()
            inner, filters = width_of(step.inner * scale), width_of(step.width * scale)
            act = nn.Hardswish if step.hard else nn.ReLU
            self.skip = step.stride == 1 and channels == filters
            self.expand_conv = layers.ConvNorm(channels, inner, 1, act=act)
            self.bottleneck_conv = layers.ConvNorm(inner, inner, step.size, stride=step.stride, groups=inner, act=act)
            self.mid_se: Any = layers.Gate(inner, slope=_SLOPE) if step.gate else None
            self.linear_conv = layers.ConvNorm(inner, filters, 1, act=None)

        def forward(self, x: Any) -> Any:
            inner = self.bottleneck_conv(self.expand_conv(x))
            out = self.linear_conv(inner if self.mid_se is None else self.mid_se(inner))
            return x + out if self.skip else out

    class MobileNetV3(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, net: _Net, scale: float, class_num: int) -> None:
            super().__init__()
            channels = width_of(_STEM * scale)
            self.conv = layers.ConvNorm(3, channels, 3, stride=2)
            blocks = []
            for step in net.steps:
                blocks.append(Block(channels, step, scale))
                channels = width_of(step.width * scale)
            self.blocks = nn.Sequential(*blocks)
            squeeze = width_of(net.squeeze * scale)
            self.last_second_conv = layers.ConvNorm(channels, squeeze, 1)
            self.avg_pool = nn.AdaptiveAvgPool2D(1)
            self.last_conv = nn.Conv2D(squeeze, _LAST, 1, bias_attr=False)
            self.act = nn.Hardswish()
            self.dropout = nn.Dropout(_DROPOUT, mode="downscale_in_infer")
            self.flatten = nn.Flatten()
            self.fc = nn.Linear(_LAST, class_num)

        def forward(self, x: Any) -> Any:
            x = self.avg_pool(self.last_second_conv(self.blocks(self.conv(x))))
            return self.fc(self.flatten(self.dropout(self.act(self.last_conv(x)))))

    return _Layers(MobileNetV3=MobileNetV3)
