"""Multiply-accumulates of one call of a layer, by its class."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Macs = Callable[[Any, Any, Any], int]


def conv_macs(weight: tuple[int, ...], positions: tuple[int, ...], /) -> int:
    """MACs of a convolution: each output element takes one multiplication per number of its kernel.

    In a transposed convolution it is each input element.

    Args:
        weight: (out, in / groups, *kernel); transposed (in, out / groups, *kernel).
        positions: Shape of the output, of any layout; transposed of the input.

    >>> conv_macs((64, 3, 7, 7), (1, 64, 112, 112))
    118013952
    """
    return math.prod(positions) * math.prod(weight[1:])


def linear_macs(features: int, output: tuple[int, ...], /) -> int:
    """MACs of a linear layer with ``features`` inputs; ``output`` is (N, ..., out).

    >>> linear_macs(512, (1, 1000))
    512000
    """
    return math.prod(output) * features


def paddle_layers(paddle: Any, /) -> dict[type, Macs]:
    """Paddle's layers that multiply by a weight: every Conv1D to Conv3DTranspose, and Linear."""
    nn = paddle.nn
    return {
        **dict.fromkeys((nn.Conv1D, nn.Conv2D, nn.Conv3D), _conv),
        **dict.fromkeys((nn.Conv1DTranspose, nn.Conv2DTranspose, nn.Conv3DTranspose), _transposed),
        nn.Linear: lambda layer, _, output: linear_macs(layer.weight.shape[0], tuple(output.shape)),
    }


def torch_layers(torch: Any, /) -> dict[type, Macs]:
    """Torch's modules that multiply by a weight: every Conv1d to ConvTranspose3d, Linear, MultiheadAttention."""
    nn = torch.nn
    return {
        **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), _conv),
        **dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), _transposed),
        nn.Linear: lambda layer, _, output: linear_macs(layer.in_features, tuple(output.shape)),
        nn.MultiheadAttention: _attention,
    }


def _conv(layer: Any, _: Any, output: Any) -> int:
    return conv_macs(tuple(layer.weight.shape), tuple(output.shape))


def _transposed(layer: Any, inputs: Any, _: Any) -> int:
    return conv_macs(tuple(layer.weight.shape), tuple(inputs[0].shape))


def _attention(layer: Any, inputs: Any, output: Any) -> int:
    """Projections of query, key and value and of the result; torch computes them without calling a layer."""
    width: int = layer.embed_dim
    query: int = math.prod(output[0].shape)  # tokens x width
    key, value = (
        math.prod(inputs[at].shape) if len(inputs) > at else query  # left out where it is given by name
        for at in (1, 2)
    )
    return width * (query + key + value + query)
