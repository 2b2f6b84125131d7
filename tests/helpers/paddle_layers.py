"""Layers of Paddle models, counted and filled."""

from __future__ import annotations

from typing import Any

import numpy as np


def scatter_statistics(model: Any, *, seed: int = 0) -> None:
    """BatchNorms as after training: no mean is 0, no variance 1."""
    import paddle
    from paddle import nn

    rng = np.random.default_rng(seed)
    for layer in model.sublayers(include_self=True):
        if isinstance(layer, nn.BatchNorm2D):
            size = layer._mean.shape
            layer._mean.set_value(paddle.to_tensor(rng.normal(0, 0.3, size).astype(np.float32)))
            layer._variance.set_value(paddle.to_tensor(rng.uniform(0.5, 1.5, size).astype(np.float32)))
            layer.weight.set_value(paddle.to_tensor(rng.uniform(0.5, 1.5, size).astype(np.float32)))
            layer.bias.set_value(paddle.to_tensor(rng.normal(0, 0.1, size).astype(np.float32)))


def count(model: Any, kind: Any) -> int:
    """Layers of a kind."""
    return sum(isinstance(layer, kind) for layer in model.sublayers(include_self=True))
