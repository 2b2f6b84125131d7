"""One temperature, and one threshold, fitted on held-out rows that are weighted to the shares in use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.evaluation import CONFIDENCE, lower_bound, softmax

LEAST, MOST = 0.05, 20.0  # temperatures that are looked at: beyond them a model is not miscalibrated but broken
_FOLDS: Final = 5
_TRIED: Final = 10  # thresholds: more would cost each some of its confidence
_ROUNDS: Final = 60  # of bisection, to the precision of a float


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Logits of rows that the model did not train on.

    Attributes:
        logits: float32 (N, K).
        label: int64 (N,).
        weights: float64 (N,), of mean 1: what each row stands for where the model will be used.
        shift: float64 (K,), log of the shares in use over those that the logits carry.
    """

    logits: NDArray[np.float32]
    label: NDArray[np.int64]
    weights: NDArray[np.float64]
    shift: NDArray[np.float64]

    def at(self, places: NDArray[np.int64], /) -> HeldOut:
        """Some of the rows."""
        return HeldOut(
            logits=self.logits[places], label=self.label[places], weights=self.weights[places], shift=self.shift
        )

    def probabilities(self, temperature: float, /) -> NDArray[np.float64]:
        """Softmax of logits / temperature + shift, float64 (N, K).

        The temperature makes the logits a posterior under the shares they were trained on; the shift then changes
        these into those in use, exactly if they are one (Saerens et al. 2002, Neural Computation 14:21).
        """
        return softmax(self.logits.astype(np.float64) / temperature + self.shift)

    def loss(self, temperature: float, /) -> float:
        """Mean weighted negative log-likelihood of the labels."""
        chosen = self.probabilities(temperature)[np.arange(len(self.label)), self.label]
        return float(-(self.weights * np.log(np.maximum(chosen, np.finfo(np.float64).tiny))).mean())


def fit_temperature(rows: HeldOut, /) -> float:
    """The temperature of the smallest loss (Guo et al. 2017, arXiv:1706.04599, section 4.2), in [LEAST, MOST].

    The loss is convex in 1 / temperature, so that the sign of its derivative leads to the minimum.
    """
    low, high = math.log(1 / MOST), math.log(1 / LEAST)
    own = rows.logits[np.arange(len(rows.label)), rows.label].astype(np.float64)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        expected = (rows.probabilities(math.exp(-middle)) * rows.logits).sum(axis=1)
        if (rows.weights * (expected - own)).sum() < 0:
            low = middle
        else:
            high = middle
    return math.exp(-(low + high) / 2)


def cross_fitted(rows: HeldOut, /) -> NDArray[np.float64]:
    """Probabilities (N, K) of each row under a temperature fitted on the other four fifths: what a fit is worth.

    Rows of a class go to the parts in turn.
    """
    order = np.argsort(rows.label, kind="stable")
    fold = np.empty(len(order), np.int64)
    fold[order] = np.arange(len(order)) % _FOLDS
    found = np.zeros(rows.logits.shape, np.float64)
    for number in range(_FOLDS):
        mine, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        if len(mine) and len(others):
            found[mine] = rows.at(mine).probabilities(fit_temperature(rows.at(others)))
        elif len(mine):
            found[mine] = rows.at(mine).probabilities(1.0)
    return found


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Rows whose score reaches a threshold.

    Attributes:
        threshold: The least score.
        coverage: Weighted share of all rows.
        precision: Weighted share of them that are right.
        low: What the precision is at least, one-sided, at the confidence asked for.
    """

    threshold: float
    coverage: float
    precision: float
    low: float


def tried_thresholds(
    score: NDArray[np.float64], hit: NDArray[np.bool_], weights: NDArray[np.float64], /
) -> list[Accepted]:
    """Ten thresholds, which answer all rows, the nine tenths with the highest scores, and so on to one tenth.

    What the precision of each is at least holds for all ten together with 95 % confidence: each bound (Clopper and
    Pearson) has a tenth of the chance of error, as Angelopoulos et al. 2021 (arXiv:2110.01052) choose among settings.
    Weighted rows count as (sum w)^2 / sum w^2 rows.

    Args:
        score: float64 (N,), the largest probability of each row.
        hit: bool (N,), whether the class it is of is right.
        weights: float64 (N,).
    """
    falling = np.sort(score)[::-1]
    places = [math.ceil(len(falling) * tenths / _TRIED) - 1 for tenths in range(_TRIED, 0, -1)]
    confidence = 1 - (1 - CONFIDENCE) / _TRIED
    return [
        accepted(score, hit, weights, threshold=float(falling[place]), confidence=confidence)
        for place in dict.fromkeys(places)
    ]


def accepted(
    score: NDArray[np.float64],
    hit: NDArray[np.bool_],
    weights: NDArray[np.float64],
    /,
    *,
    threshold: float,
    confidence: float = CONFIDENCE,
) -> Accepted:
    """What a threshold accepts."""
    taken = score >= threshold
    mine, right = weights[taken], hit[taken]
    total = float(mine.sum())
    precision = float(mine[right].sum()) / total if total else 0.0
    effective = total**2 / float((mine**2).sum()) if total else 0.0
    return Accepted(
        threshold=threshold,
        coverage=total / float(weights.sum()),
        precision=precision,
        low=lower_bound(precision * effective, effective, confidence=confidence) if total else 0.0,
    )


def coverage_curve(
    score: NDArray[np.float64], hit: NDArray[np.bool_], weights: NDArray[np.float64], /, *, most: int = 200
) -> list[Accepted]:
    """Thresholds from the highest score down, at most so many, each of a score that occurs."""
    values = np.unique(score)[::-1]
    chosen = values[np.unique(np.linspace(0, len(values) - 1, min(most, len(values))).round().astype(int))]
    return [accepted(score, hit, weights, threshold=float(value)) for value in chosen]


def least_score(score: float, /) -> float:
    """A threshold that a score of the same value, computed in float32, still reaches."""
    return float(np.nextafter(np.float32(score), np.float32(0)))
