"""Multiply-accumulates of one call of a layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from datatool.frameworks._types import Module

Macs = Callable[[Any, Any], int]  # inputs and output of a call -> its multiply-accumulates


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


def macs_of_conv(layer: Module, /) -> Macs:
    """Of a convolution of any framework."""
    return lambda _, output: conv_macs(tuple(layer.weight.shape), tuple(output.shape))


def macs_of_transposed(layer: Module, /) -> Macs:
    """Of a transposed convolution of any framework."""
    return lambda inputs, _: conv_macs(tuple(layer.weight.shape), tuple(inputs[0].shape))


def macs_of_linear(features: int, /) -> Macs:
    """Of a linear layer with ``features`` inputs."""
    return lambda _, output: linear_macs(features, tuple(output.shape))
