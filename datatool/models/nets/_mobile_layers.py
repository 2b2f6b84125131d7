"""Layers that nets for phones share, with the parameter names of PaddleClas: convolution and batch norm, and a gate.

A convolution `c` holds `c.conv.weight` and batch norm `c.bn.{weight,bias,_mean,_variance}`; a gate `g` (squeeze and
excitation) holds the 1x1 convolutions `g.conv1` and `g.conv2`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from datatool.schemas import require

_REDUCTION: Final = 4  # of the gates
_SLOPE: Final = 0.1666667  # of the hard sigmoid, as Paddle rounds 1/6


class MobileLayers(NamedTuple):
    """Classes of layers.

    Attributes:
        ConvNorm: Convolution, batch norm and an activation, `Hardswish` unless another, or None, is given.
        Gate: Squeeze and excitation.
    """

    ConvNorm: Any
    Gate: Any


def width_of(channels: float, /) -> int:
    """The nearest multiple of 8, at least 8 and never less than 0.9 of what was asked for.

    >>> width_of(16 * 0.35), width_of(88 * 0.5), width_of(40 * 1.25), width_of(18)
    (8, 48, 48, 24)
    """
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


@cache
def mobile_layers() -> MobileLayers:
    """Classes derived from Paddle's layers, made once Paddle is there."""
    nn = require("paddle", extra="paddle").nn

    class ConvNorm(nn.Layer):  # type: ignore[name-defined]
        def __init__(
            self, channels: int, filters: int, size: int, *, stride: int = 1, groups: int = 1, act: Any = nn.Hardswish
        ) -> None:
            super().__init__()
            self.conv = nn.Conv2D(
                channels, filters, size, stride=stride, padding=size // 2, groups=groups, bias_attr=False
            )
            self.bn = nn.BatchNorm2D(filters)
            self.act: Any = None if act is None else act()

        def forward(self, x: Any) -> Any:
            x = self.bn(self.conv(x))
            return x if self.act is None else self.act(x)

    class Gate(nn.Layer):  # type: ignore[name-defined]
        def __init__(self, channels: int, *, slope: float = _SLOPE) -> None:
            super().__init__()
            self.avg_pool = nn.AdaptiveAvgPool2D(1)
            self.conv1 = nn.Conv2D(channels, channels // _REDUCTION, 1)
            self.relu = nn.ReLU()
            self.conv2 = nn.Conv2D(channels // _REDUCTION, channels, 1)
            self.slope = slope

        def forward(self, x: Any) -> Any:
            gates = self.conv2(self.relu(self.conv1(self.avg_pool(x))))
            return x * nn.functional.hardsigmoid(gates, slope=self.slope, offset=0.5)

    return MobileLayers(ConvNorm=ConvNorm, Gate=Gate)
