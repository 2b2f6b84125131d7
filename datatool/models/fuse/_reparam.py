"""Structural re-parameterisation: branches of convolutions and BatchNorms as one convolution.

Pure arithmetic in float64; every function returns new arrays. Sources: RepVGG, Ding et al. 2021 (arXiv 2101.03697),
section 3.3; ACNet, Ding et al. 2019 (arXiv 1908.03930), section 3.

The identity branch is the identity *matrix* as a 1x1 kernel, not a kernel of ones, and every branch is folded with its
own BatchNorm before branches are added.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from datatool.frameworks import Kernel, Norm


def fold(conv: Kernel, norm: Norm, /) -> Kernel:
    """The convolution that equals ``norm(conv(x))``: w gamma / std, beta + (b - mean) gamma / std.

    >>> from datatool.frameworks import kernel
    >>> norm = Norm(gamma=np.full(1, 2.0), beta=np.ones(1), mean=np.full(1, 3.0), variance=np.full(1, 4.0), epsilon=0.0)
    >>> folded = fold(kernel(np.full((1, 1, 1, 1), 5.0)), norm)
    >>> folded.weight.item(), folded.bias.item()
    (5.0, -2.0)
    """
    scale = norm.gamma.astype(np.float64) / np.sqrt(norm.variance.astype(np.float64) + norm.epsilon)
    return Kernel(
        weight=conv.weight * scale[:, None, None, None],
        bias=norm.beta.astype(np.float64) + (conv.bias - norm.mean.astype(np.float64)) * scale,
    )


def identity(channels: int, /, *, groups: int = 1) -> Kernel:
    """The 1x1 convolution that returns its input.

    >>> identity(4, groups=2).weight[:, :, 0, 0].tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """
    per_group = channels // groups
    weight = np.zeros((channels, per_group, 1, 1))
    weight[np.arange(channels), np.arange(channels) % per_group, 0, 0] = 1.0
    return Kernel(weight=weight, bias=np.zeros(channels))


def centre(conv: Kernel, size: tuple[int, int], /) -> Kernel:
    """The same convolution as the middle of a kernel of ``size`` (height, width), all odd, padded with zeros."""
    rows, columns = ((size[axis] - conv.weight.shape[2 + axis]) // 2 for axis in (0, 1))
    return Kernel(weight=np.pad(conv.weight, ((0, 0), (0, 0), (rows, rows), (columns, columns))), bias=conv.bias)


def add(convs: Iterable[Kernel], /) -> Kernel:
    """The convolution that equals the sum of ``convs``, centred in the largest of their sizes."""
    parts = list(convs)
    size = (max(part.weight.shape[2] for part in parts), max(part.weight.shape[3] for part in parts))
    centred = [centre(part, size) for part in parts]
    return Kernel(
        weight=np.sum([part.weight for part in centred], axis=0), bias=np.sum([part.bias for part in centred], axis=0)
    )
