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
_REDUCTION: Final = 4  # of the gates
_SCALES: Final = ("0_25", "0_35", "0_5", "0_75", "1_0", "1_5", "2_0", "2_5")


def _make(scale: float, /, *, class_num: int) -> Any:
    return _layers().PPLCNet(scale, class_num)


PPLCNETS: Final[dict[str, Callable[..., Any]]] = {
    f"pplcnet_x{scale}": partial(_make, float(scale.replace("_", "."))) for scale in _SCALES
}


def _width(channels: float) -> int:
    """The nearest multiple of 8, at least 8 and never less than 0.9 of what was asked for."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


@cache
def _layers() -> Any:
    """Classes derived from Paddle's layers, made once Paddle is there."""
    paddle = require("paddle", extra="paddle")
    nn = paddle.nn

    class ConvNorm(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, filters: int, size: int, *, stride: int = 1, groups: int = 1) -> None:
            super().__init__()
            self.conv = nn.Conv2D(
                channels, filters, size, stride=stride, padding=size // 2, groups=groups, bias_attr=False
            )
            self.bn = nn.BatchNorm2D(filters)
            self.act = nn.Hardswish()

        def forward(self, x: Any) -> Any:
            return self.act(self.bn(self.conv(x)))

    class Gate(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.avg_pool = nn.AdaptiveAvgPool2D(1)
            self.conv1 = nn.Conv2D(channels, channels // _REDUCTION, 1)
            self.relu = nn.ReLU()
            self.conv2 = nn.Conv2D(channels // _REDUCTION, channels, 1)
            self.hardsigmoid = nn.Hardsigmoid()

        def forward(self, x: Any) -> Any:
            return x * self.hardsigmoid(self.conv2(self.relu(self.conv1(self.avg_pool(x)))))

    class Block(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, filters: int, step: _Step) -> None:
            super().__init__()
            self.dw_conv = ConvNorm(channels, channels, step.size, stride=step.stride, groups=channels)
            self.se: Any = Gate(channels) if step.gate else None
            self.pw_conv = ConvNorm(channels, filters, 1)

        def forward(self, x: Any) -> Any:
            x = self.dw_conv(x)
            return self.pw_conv(x if self.se is None else self.se(x))

    class PPLCNet(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, scale: float, class_num: int) -> None:
            super().__init__()
            channels = _width(_STEM * scale)
            self.conv1 = ConvNorm(3, channels, 3, stride=2)
            for name, steps in _STAGES.items():
                blocks = []
                for step in steps:
                    filters = _width(step.width * scale)
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
