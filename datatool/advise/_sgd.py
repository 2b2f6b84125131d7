"""A linear head trained as the trainers train it: momentum SGD, their schedule, batches and weights, in numpy.

A step of a framework costs a hundred times the arithmetic of a small head. The steps here are those of both frameworks:
gradient of sum(w l) / sum(w), decay added to it, v = 0.9 v + g, p = p - lr v; a test compares them with the trainers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.advise._draws import Draws
from datatool.machine import blas_threads_for
from datatool.schemas import Recipe
from datatool.training import learning_rate

_MOMENTUM: Final = {"momentum": 0.9, "sgd": 0.0}
_TRAINERS: Final = ("paddle", "torch")

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearHead:
    """weight float32 (D, K) and bias float32 (K,)."""

    weight: Floats
    bias: Floats

    def logits(self, features: Floats, /) -> Floats:
        """float32 (N, K) of features float32 (N, D)."""
        found: Floats = features @ self.weight + self.bias
        return found


def is_plain(recipe: Recipe, /) -> bool:
    """Whether a recipe trains a linear head by cross-entropy and SGD, which is what is done here."""
    loss = recipe.loss
    extras = (loss.focal, loss.ohem, loss.ldam, loss.logit_adjust, recipe.model.bottleneck)
    return (
        recipe.run.trainer in _TRAINERS
        and recipe.optimizer.name in _MOMENTUM
        and not recipe.optimizer.amp
        and not loss.label_smoothing
        and all(extra is None for extra in extras)
    )


def first_head(num_features: int, num_classes: int, /, *, seed: int) -> LinearHead:
    """Uniform as Glorot & Bengio 2010 have it, no bias."""
    limit = np.sqrt(6 / (num_features + num_classes))
    drawn = np.random.default_rng(seed).uniform(-limit, limit, (num_features, num_classes))
    return LinearHead(weight=drawn.astype(np.float32), bias=np.zeros(num_classes, np.float32))


def train_heads(features: Floats, draws: Sequence[Draws], recipe: Recipe, /, *, start: LinearHead) -> list[LinearHead]:
    """All epochs of a recipe, for several ways side by side: a step costs as many calls for all as for one.

    Args:
        features: float32 (N, D).
        draws: Which rows stand in which batch, under each way; as many rows in each.
        recipe: Optimizer and epochs.
        start: The head as it is before the first step.
    """
    tables = np.stack([np.concatenate([start.weight, start.bias[None]])] * len(draws))
    with blas_threads_for(4.0 * recipe.run.epochs * draws[0].num_rows * start.weight.size * len(draws)):
        _train(features, draws, recipe, tables)
    return [LinearHead(weight=table[:-1], bias=table[-1]) for table in tables]


def _train(features: Floats, draws: Sequence[Draws], recipe: Recipe, tables: Floats) -> None:
    """Change the weights, with the biases below them, float32 (W, D + 1, K), in place."""
    section, epochs = recipe.optimizer, recipe.run.epochs
    speed = np.zeros_like(tables)
    step = 0
    for epoch in range(epochs):
        for batches in zip(*(each.epoch(epoch) for each in draws), strict=True):
            rate = learning_rate(section, step, steps_per_epoch=len(draws[0]), epochs=epochs)
            rows, labels, weights = (np.stack(part) for part in zip(*batches, strict=True))
            slope = _slope(features[rows], labels, weights, tables)
            slope += np.float32(section.weight_decay) * tables
            speed *= np.float32(_MOMENTUM[section.name])
            speed += slope
            tables -= np.float32(rate) * speed
            step += 1


def _slope(rows: Floats, labels: NDArray[np.int64], weights: Floats, tables: Floats) -> Floats:
    """Gradient of sum(w l) / sum(w), float32 (W, D + 1, K), of rows (W, B, D) with labels and weights (W, B)."""
    scores = rows @ tables[:, :-1] + tables[:, -1:]
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    ways, size = labels.shape
    scores[np.arange(ways)[:, None], np.arange(size), labels] -= 1
    scores *= (weights / weights.sum(axis=1, keepdims=True))[:, :, None]
    return np.concatenate([rows.transpose(0, 2, 1) @ scores, scores.sum(axis=1, keepdims=True)], axis=1)
