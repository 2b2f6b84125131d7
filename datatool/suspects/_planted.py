"""How many wrong labels there are, from labels made wrong on purpose.

Labels of a few rows are flipped, to class j with a chance in proportion to the square root of the head's probability of
j, and everything is scored again. That is harder to find than a flip at random, where the bound would fail, and easier
than one by the probability itself, which counts errors where a list has none. F1(t) and F0(t) are the shares of planted
and of other rows that score at least t. If real errors look like planted ones, every threshold t gives e F1(t) <= F0(t)
for the share e of errors: the estimate is the least F0 / F1, the upper bound the least ratio of Wilson limits (mixture
proportion estimation: Blanchard, Lee, Scott 2010; Scott 2015). There is no lower bound.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SHARE: Final = 0.05  # of the rows, planted
NUM_PLANTINGS: Final = 3
_NUM_THRESHOLDS: Final = 30
_LEAST: Final = 10  # rows beyond the highest threshold, and planted rows beyond any
_Z: Final = 1.96  # 95 % limits

Floats = NDArray[np.float64]


class Planting(NamedTuple):
    """Scores float64 (N,) of labels of which some, bool (N,), were made wrong."""

    score: Floats
    planted: NDArray[np.bool_]


class Errors(NamedTuple):
    """Number of wrong labels: estimate and upper bound; and the share of planted ones found in the first 5 and 10 %."""

    estimate: int
    upper: int
    found_in_5: float
    found_in_10: float


def plant(
    votes: Floats, labels: NDArray[np.int64], judged: NDArray[np.bool_], random: np.random.Generator, /
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Labels of which some are wrong, int64 (N,), and which, bool (N,).

    Args:
        votes: float64 (N, K), out-of-fold probabilities.
        labels: int64 (N,).
        judged: Rows that may be flipped.
        random: Draws.
    """
    rows = np.flatnonzero(judged)
    chosen = random.choice(rows, size=max(1, round(SHARE * len(rows))), replace=False)
    chances = np.sqrt(votes[chosen])
    chances[np.arange(len(chosen)), labels[chosen]] = 0.0
    totals = chances.sum(axis=1, keepdims=True)
    chances = np.where(totals > 0, chances / np.maximum(totals, 1e-300), 0.0)
    drawn = (chances.cumsum(axis=1) < random.random((len(chosen), 1))).sum(axis=1)
    new = labels.copy()
    new[chosen] = np.minimum(drawn, votes.shape[1] - 1)
    planted = new != labels
    return new, planted


def count_errors(plantings: list[Planting], /, *, num_rows: int) -> Errors:
    """Estimate and bound of a number of wrong labels among ``num_rows``."""
    score = np.concatenate([one.score for one in plantings])
    planted = np.concatenate([one.planted for one in plantings])
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(planted[order], dtype=np.int64)
    return Errors(
        *_rates(hits, num_rows=num_rows, num_plantings=len(plantings)),
        found_in_5=float(hits[round(0.05 * len(hits))] / max(hits[-1], 1)),
        found_in_10=float(hits[round(0.10 * len(hits))] / max(hits[-1], 1)),
    )


def _rates(hits: NDArray[np.int64], *, num_rows: int, num_plantings: int) -> tuple[int, int]:
    total, num_planted = len(hits), int(hits[-1])
    places = np.unique(np.geomspace(_LEAST * num_plantings, total / 2, _NUM_THRESHOLDS).round().astype(np.int64))
    places = places[places < total]
    with_planted = places[hits[places - 1] >= _LEAST] if len(places) else places
    if not len(with_planted) or num_planted == total:
        return 0, num_rows
    seen = hits[with_planted - 1].astype(np.float64)
    others = with_planted - seen
    num_others = float(total - num_planted)
    estimate = (others / num_others) / (seen / num_planted)
    upper = wilson(others, num_others)[1] / wilson(seen, float(num_planted))[0]
    return round(num_rows * float(min(estimate.min(), 1))), int(np.ceil(num_rows * float(min(upper.min(), 1))))


def wilson(hits: Floats, total: float, /) -> tuple[Floats, Floats]:
    """95 % limits of a share (Wilson 1927).

    >>> [round(float(limit), 3) for limit in wilson(np.float64(5), 10.0)]
    [0.237, 0.763]
    """
    share = hits / total
    middle = share + _Z**2 / (2 * total)
    half = _Z * np.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    scale = 1 + _Z**2 / total
    return np.maximum(middle - half, 0.0) / scale, (middle + half) / scale
