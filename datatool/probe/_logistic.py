"""Multinomial logistic regression: a linear head trained to its optimum, in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.machine import blas_threads_for
from datatool.probe._lbfgs import minimise

PENALTIES: Final = (0.1, 0.03, 0.01)  # on the mean loss; which of them fits is found by cross-validation
_EVEN_OUT: Final = 0.05  # of the loss's curvature along a direction of variance 1; measured on photographs

_STEPS: Final = 30  # of L-BFGS, as most fits take them

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """A linear head.

    Attributes:
        centre: float32 (D,), subtracted from features.
        weight: float32 (D, K).
        bias: float32 (K,).
    """

    centre: Floats
    weight: Floats
    bias: Floats

    def logits(self, features: Floats, /) -> Floats:
        """float32 (N, K) of features float32 (N, D)."""
        return np.asarray((features - self.centre) @ self.weight + self.bias, np.float32)


class Design:
    """Features of training rows, standardised and turned to their principal axes.

    In these axes, scaled by 1 / sqrt(variance + penalty / 0.05), the loss is nearly round, and L-BFGS needs a third of
    the iterations that it needs on the features themselves.

    Args:
        features: float32 (N, D).
    """

    def __init__(self, features: Floats, /) -> None:
        self._centre: Floats = features.mean(axis=0)
        spread: Floats = features.std(axis=0)
        least = 1e-6 * max(float(spread.max(initial=0.0)), 1e-12)
        self._scale: Floats = np.where(spread > least, spread, np.float32(np.inf)).astype(np.float32)
        standard = (features - self._centre) / self._scale
        num, size = features.shape
        with blas_threads_for(4.0 * num * size**2 + 9.0 * size**3):
            variance, axes = np.linalg.eigh(standard.T @ standard / num)
            self._variance = np.maximum(variance, 0.0)
            self._axes = axes
            self._turned = standard @ axes
        self._last: Floats | None = None

    def fit(
        self,
        labels: NDArray[np.int64],
        /,
        *,
        num_classes: int,
        penalty: float,
        weights: NDArray[np.float64] | None = None,
    ) -> Head:
        """The head that minimises sum_i w_i CE_i + penalty / 2 |T|^2, T on standardised features, bias free.

        Args:
            labels: int64 (N,), below ``num_classes``; classes without a row get logits far below all others.
            num_classes: Outputs.
            penalty: On the squared weights.
            weights: float64 (N,), scaled to sum to 1; None is even.
        """
        present, places = np.unique(labels, return_inverse=True)  # a fit begins where the last one of its shape ended
        shares = np.ones(len(labels)) if weights is None else weights
        shares = (shares / shares.sum()).astype(np.float32)
        stretch = (1.0 / np.sqrt(self._variance + penalty / _EVEN_OUT)).astype(np.float32)
        rows = self._turned * stretch
        start = np.zeros((rows.shape[1] + 1, len(present)), np.float32)
        if self._last is not None and self._last.shape == start.shape:
            start[:-1], start[-1] = self._last[:-1] / stretch[:, None], self._last[-1]
        with blas_threads_for(4.0 * rows.size * len(present) * _STEPS):
            found = _minimum(rows, places, shares, stretch, start=start, penalty=penalty)
        self._last = np.concatenate([found[:-1] * stretch[:, None], found[-1:]])
        weight = np.zeros((rows.shape[1], num_classes), np.float32)
        bias = np.full(num_classes, _NEVER, np.float32)
        weight[:, present] = (self._axes @ self._last[:-1]) / self._scale[:, None]
        bias[present] = found[-1]
        return Head(centre=self._centre, weight=weight, bias=bias)


_NEVER: Final = -1e4  # the logit of a class that was not there to be learnt


def softmax(logits: NDArray[np.floating], /) -> NDArray[np.float64]:
    """Rows of logits as probabilities, float64.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _minimum(
    rows: Floats, places: NDArray[np.int64], shares: Floats, stretch: Floats, *, start: Floats, penalty: float
) -> Floats:
    """float32 (D + 1, K): weights in the turned axes, and the bias."""
    order = np.arange(len(rows))
    ridge = (penalty * stretch * stretch)[:, None]
    shape = start.shape

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(shape)
        scores = rows @ table[:-1] + table[-1]
        scores -= scores.max(axis=1, keepdims=True)
        own = scores[order, places].copy()
        np.exp(scores, out=scores)
        total = scores.sum(axis=1)
        value = float(shares @ (np.log(total) - own)) + 0.5 * float((ridge * table[:-1] * table[:-1]).sum())
        scores *= (shares / total)[:, None]
        scores[order, places] -= shares
        slope = np.empty(shape, np.float32)
        np.matmul(rows.T, scores, out=slope[:-1])
        slope[:-1] += ridge * table[:-1]
        slope[-1] = scores.sum(axis=0)
        return value, slope.ravel()

    return minimise(loss, start.ravel(), scale=_first_slope(rows, places, shares)).reshape(shape)


def _first_slope(rows: Floats, places: NDArray[np.int64], shares: Floats) -> float:
    """Size of the loss's gradient where every class is as likely as its share: what small is measured by."""
    weighted = rows * shares[:, None]
    sums = np.zeros((int(places.max()) + 1, rows.shape[1]), np.float32)
    np.add.at(sums, places, weighted)
    return float(np.abs(sums).max(initial=0.0))
