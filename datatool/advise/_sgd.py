"""A linear head trained as the trainers train it: momentum SGD, their schedule, batches and weights, in numpy.

A step of a framework costs a hundred times the arithmetic of a small head. The steps here are those of both frameworks:
gradient of sum(w l) / sum(w), decay added to it, v = 0.9 v + g, p = p - lr v; a test compares them with the trainers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.advise._draws import Draws
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


def train_head(features: Floats, draws: Draws, recipe: Recipe, /, *, start: LinearHead) -> LinearHead:
    """All epochs of a recipe.

    Args:
        features: float32 (N, D).
        draws: Which rows stand in which batch.
        recipe: Optimizer and epochs.
        start: The head as it is before the first step.
    """
    section, epochs = recipe.optimizer, recipe.run.epochs
    table = np.concatenate([start.weight, start.bias[None]])
    speed = np.zeros_like(table)
    rates = (
        learning_rate(section, step, steps_per_epoch=len(draws), epochs=epochs) for step in range(len(draws) * epochs)
    )
    for (rows, labels, weights), rate in zip(_batches(draws, epochs), rates, strict=True):
        slope = _slope(features[rows], labels, weights, table)
        slope += np.float32(section.weight_decay) * table
        speed *= np.float32(_MOMENTUM[section.name])
        speed += slope
        table -= np.float32(rate) * speed
    return LinearHead(weight=table[:-1], bias=table[-1])


def _batches(draws: Draws, epochs: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
    passes: Iterable[int] = range(epochs)
    for epoch in passes:
        yield from draws.epoch(epoch)


def _slope(rows: Floats, labels: NDArray[np.int64], weights: Floats, table: Floats) -> Floats:
    scores = rows @ table[:-1] + table[-1]
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    scores[np.arange(len(labels)), labels] -= 1
    scores *= (weights / weights.sum())[:, None]
    return np.concatenate([rows.T @ scores, scores.sum(axis=0)[None]])
