"""The numbers of a convolution and of a batch norm, the same for every framework."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks._types import Array

Doubles = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A convolution's numbers.

    Attributes:
        weight: float64 (out, in / groups, height, width).
        bias: float64 (out,).
    """

    weight: Doubles
    bias: Doubles


@dataclass(frozen=True, kw_only=True)
class Norm:
    """A BatchNorm in evaluation mode; every array is (channels,)."""

    gamma: Array
    beta: Array
    mean: Array
    variance: Array
    epsilon: float


def kernel(weight: Array, bias: Array | None = None, /) -> Kernel:
    """A kernel in float64; without bias, of zeros."""
    zeros = np.zeros(len(weight))
    return Kernel(weight=weight.astype(np.float64), bias=zeros if bias is None else bias.astype(np.float64))
