"""Paddle blocks whose branches merge into one convolution: RepVGG and ACNet.

A block has ``merge_branches()``, which `datatool.training.fuse` calls: it replaces the branches by the one convolution
that equals their sum in evaluation mode. What follows the sum (squeeze-and-excitation, activation) stays.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import paddle
from paddle import nn

from datatool.frameworks import Kernel, open_framework
from datatool.models.fuse._reparam import add, fold, identity

_PADDLE: Final = open_framework("paddle")


class _Branch(nn.Layer):
    """Convolution without bias, then BatchNorm."""

    def __init__(self, channels: int, width: int, /, *, size: tuple[int, int], stride: int, groups: int) -> None:
        super().__init__()
        padding = (size[0] // 2, size[1] // 2)
        self.conv = nn.Conv2D(channels, width, size, stride=stride, padding=padding, groups=groups, bias_attr=False)
        self.bn = nn.BatchNorm2D(width)

    def forward(self, inputs: Any) -> Any:
        return self.bn(self.conv(inputs))

    def folded(self) -> Kernel:
        return fold(_PADDLE.kernel_of(self.conv), _PADDLE.norm_of(self.bn))


class SqueezeExcite(nn.Layer):
    """Channel gate: global mean, two 1x1 convolutions, sigmoid (Hu et al. 2018, arXiv 1709.01507)."""

    def __init__(self, channels: int, /, *, reduction: int = 16) -> None:
        super().__init__()
        self.down = nn.Conv2D(channels, max(channels // reduction, 1), 1)
        self.up = nn.Conv2D(max(channels // reduction, 1), channels, 1)

    def forward(self, inputs: Any) -> Any:
        gate = inputs.mean(axis=[2, 3], keepdim=True)
        return inputs * nn.functional.sigmoid(self.up(nn.functional.relu(self.down(gate))))


class _MergingBlock(nn.Layer):
    """Branches that share input and output shape; their sum is the block's output."""

    def __init__(self, channels: int, width: int, /, *, stride: int, groups: int) -> None:
        super().__init__()
        self._shape = {"stride": stride, "groups": groups}
        self._channels = (channels, width)
        self.merged: nn.Conv2D | None = None

    def branch(self, height: int, columns: int, /) -> _Branch:
        return _Branch(*self._channels, size=(height, columns), **self._shape)

    def branches(self) -> list[nn.Layer]:
        raise NotImplementedError

    def kernels(self) -> list[Kernel]:
        raise NotImplementedError

    def sum(self, inputs: Any) -> Any:
        if self.merged is not None:
            return self.merged(inputs)
        outputs = [branch(inputs) for branch in self.branches()]
        total = outputs[0]
        for output in outputs[1:]:
            total = total + output
        return total

    def merge_branches(self) -> None:
        """Replace the branches by one convolution; a second call does nothing."""
        if self.merged is not None:
            return
        numbers = add(self.kernels())
        size = numbers.weight.shape[2:]
        padding = (size[0] // 2, size[1] // 2)
        merged = nn.Conv2D(*self._channels, tuple(size), padding=padding, **self._shape)
        _PADDLE.write_kernel(merged, numbers)
        for name in [name for name, child in self.named_children() if child in self.branches()]:
            delattr(self, name)
        self.merged = merged


class RepVGGBlock(_MergingBlock):
    """3x3, 1x1 and, where shapes allow, identity, each with its BatchNorm; then gate and ReLU.

    Args:
        channels: Input channels.
        width: Output channels.
        stride: 1 or 2.
        groups: Groups of both convolutions.
        squeeze_excite: Put a channel gate between sum and ReLU; it is kept by merging.
    """

    def __init__(
        self, channels: int, width: int, /, *, stride: int = 1, groups: int = 1, squeeze_excite: bool = False
    ) -> None:
        super().__init__(channels, width, stride=stride, groups=groups)
        self.dense = self.branch(3, 3)
        self.pointwise = self.branch(1, 1)
        self.skip = nn.BatchNorm2D(width) if channels == width and stride == 1 else None
        self.gate = SqueezeExcite(width) if squeeze_excite else nn.Identity()

    def branches(self) -> list[nn.Layer]:
        return [branch for branch in (self.dense, self.pointwise, self.skip) if branch is not None]

    def kernels(self) -> list[Kernel]:
        found = [self.dense.folded(), self.pointwise.folded()]
        if self.skip is not None:
            found.append(fold(identity(self._channels[1], groups=self._shape["groups"]), _PADDLE.norm_of(self.skip)))
        return found

    def forward(self, inputs: Any) -> Any:
        return nn.functional.relu(self.gate(self.sum(inputs)))


class AsymmetricBlock(_MergingBlock):
    """ACNet's 3x3, 3x1 and 1x3, each with its BatchNorm, in the place of a 3x3 convolution.

    ``of(conv)`` starts as the convolution it replaces: its kernel is the square branch's, and the BatchNorms of the two
    thin branches start at zero.
    """

    def __init__(self, channels: int, width: int, /, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__(channels, width, stride=stride, groups=groups)
        self.square = self.branch(3, 3)
        self.vertical = self.branch(3, 1)
        self.horizontal = self.branch(1, 3)

    @classmethod
    def of(cls, conv: nn.Conv2D, /) -> AsymmetricBlock:
        """A block that in evaluation mode equals a 3x3 convolution with padding 1 and dilation 1."""
        block = cls(conv._in_channels, conv._out_channels, stride=conv._stride[0], groups=conv._groups)
        block.square.conv.weight.set_value(conv.weight)
        neutral = np.sqrt(1.0 + block.square.bn._epsilon)  # undoes a BatchNorm of mean 0 and variance 1
        block.square.bn.weight.set_value(paddle.full_like(block.square.bn.weight, neutral))
        if conv.bias is not None:
            block.square.bn.bias.set_value(conv.bias)
        for thin in (block.vertical, block.horizontal):
            thin.bn.weight.set_value(paddle.zeros_like(thin.bn.weight))
        return block

    def branches(self) -> list[nn.Layer]:
        return [self.square, self.vertical, self.horizontal]

    def kernels(self) -> list[Kernel]:
        return [branch.folded() for branch in (self.square, self.vertical, self.horizontal)]

    def forward(self, inputs: Any) -> Any:
        return self.sum(inputs)


def with_asymmetric_blocks(model: nn.Layer, /) -> int:
    """Replace every 3x3 convolution that ACNet can stand for by a block; returns how many."""
    replaced = 0
    for parent in model.sublayers(include_self=True):
        if isinstance(parent, _Branch | _MergingBlock):
            continue
        for name, child in list(parent.named_children()):
            if _is_square(child):
                parent._sub_layers[name] = AsymmetricBlock.of(child)
                replaced += 1
    return replaced


def _is_square(layer: nn.Layer) -> bool:
    return (
        isinstance(layer, nn.Conv2D)
        and tuple(layer._kernel_size) == (3, 3)
        and layer._padding in (1, [1, 1])
        and list(layer._dilation) == [1, 1]
        and layer._stride[0] == layer._stride[1]
        and layer._padding_mode == "zeros"
    )
