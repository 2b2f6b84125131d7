"""ResNet-vd (He et al. 2018, arXiv:1812.01187, section 4: ResNet-D) with the parameter names of PaddleClas's files.

    stem.0 .. stem.2    three 3x3 convolutions, the first with stride 2
    max_pool
    blocks.0 ..         conv0, conv1 (, conv2) and, where the shape changes, short: average pool, then 1x1 convolution
    avg_pool, flatten, fc

A convolution `c` holds `c.conv.weight` and batch norm `c.bn.{weight,bias,_mean,_variance}`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final, NamedTuple

from datatool.schemas import require


class _Shape(NamedTuple):
    depths: tuple[int, int, int, int]
    wide: bool  # blocks of 1x1, 3x3, 1x1 that end four times as wide


_SHAPES: Final = {
    18: _Shape((2, 2, 2, 2), wide=False),
    34: _Shape((3, 4, 6, 3), wide=False),
    50: _Shape((3, 4, 6, 3), wide=True),
    101: _Shape((3, 4, 23, 3), wide=True),
}
_WIDTHS: Final = (64, 128, 256, 512)


def _make(depth: int, /, *, class_num: int) -> Any:
    return _layers().ResNetVd(_SHAPES[depth], class_num)


RESNETS_VD: Final[dict[str, Callable[..., Any]]] = {f"resnet{depth}_vd": partial(_make, depth) for depth in _SHAPES}


@cache
def _layers() -> Any:
    """Classes derived from Paddle's layers, made once Paddle is there."""
    paddle = require("paddle", extra="paddle")
    nn = paddle.nn

    class ConvNorm(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, filters: int, size: int, *, stride: int = 1, act: bool = True) -> None:
            super().__init__()
            self.conv = nn.Conv2D(channels, filters, size, stride=stride, padding=size // 2, bias_attr=False)
            self.bn = nn.BatchNorm2D(filters)
            self.act = nn.ReLU() if act else None

        def forward(self, x: Any) -> Any:
            x = self.bn(self.conv(x))
            return x if self.act is None else self.act(x)

    class Shortcut(ConvNorm):
        def __init__(self, channels: int, filters: int, *, stride: int) -> None:
            super().__init__(channels, filters, 1, act=False)
            self.pool = nn.AvgPool2D(2, stride=stride, padding="SAME") if stride > 1 else None

        def forward(self, x: Any) -> Any:
            return super().forward(x if self.pool is None else self.pool(x))

    class Block(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, width: int, *, stride: int, wide: bool) -> None:
            super().__init__()
            filters = 4 * width if wide else width
            if wide:
                self.conv0 = ConvNorm(channels, width, 1)
                self.conv1 = ConvNorm(width, width, 3, stride=stride)
                self.conv2 = ConvNorm(width, filters, 1, act=False)
            else:
                self.conv0 = ConvNorm(channels, width, 3, stride=stride)
                self.conv1 = ConvNorm(width, width, 3, act=False)
            self.short: Any = None
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            y = self.conv1(self.conv0(x))
            if hasattr(self, "conv2"):
                y = self.conv2(y)
            return self.relu(y + (x if self.short is None else self.short(x)))

    class ResNetVd(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, shape: _Shape, class_num: int) -> None:
            super().__init__()
            self.stem = nn.Sequential(ConvNorm(3, 32, 3, stride=2), ConvNorm(32, 32, 3), ConvNorm(32, 64, 3))
            self.max_pool = nn.MaxPool2D(3, stride=2, padding=1)
            self.blocks = nn.Sequential(*_blocks(shape))
            self.avg_pool = nn.AdaptiveAvgPool2D(1)
            self.flatten = nn.Flatten()
            self.fc = nn.Linear(2048 if shape.wide else 512, class_num)

        def forward(self, x: Any) -> Any:
            x = self.blocks(self.max_pool(self.stem(x)))
            return self.fc(self.flatten(self.avg_pool(x)))

    def _blocks(shape: _Shape) -> list[Any]:
        channels = 64
        blocks = []
        for place, (width, depth) in enumerate(zip(_WIDTHS, shape.depths, strict=True)):
            for index in range(depth):
                stride = 2 if index == 0 and place > 0 else 1
                block = Block(channels, width, stride=stride, wide=shape.wide)
                filters = 4 * width if shape.wide else width
                if index == 0:
                    block.short = Shortcut(channels, filters, stride=stride)
                blocks.append(block)
                channels = filters
        return blocks

    class Layers(NamedTuple):
        ResNetVd: Any

    return Layers(ResNetVd=ResNetVd)
