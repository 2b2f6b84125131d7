"""How suspicious a label is.

With p the head's probability out of fold and v the share of neighbours, q is proportional to (p + v) / 2 / n^(1/2):
half of the prior is taken out, so that rare classes are not accused for being rare, and yet a class of twelve that
really received wrong rows is. The score of a row labelled y is log(max over k != y of q_k + eps) - log(q_y + eps) with
eps = 0.05 / K. Measured beside self-confidence, normalised margin and confident learning in docs/suspects.md.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_EPSILON: Final = 0.05  # over the number of classes; a fixed one ruins lists of 200 classes
COUNTING: Final = 0.2  # the same where errors are counted: scores of the surest rows then differ less

Floats = NDArray[np.float64]


class Scores(NamedTuple):
    """Score float64 (N,), higher is more suspicious, and the class int64 (N,) that fits better than the others."""

    score: Floats
    suggested: NDArray[np.int64]


def label_scores(
    votes: Floats,
    labels: NDArray[np.int64],
    /,
    *,
    sizes: Floats,
    prior: float = 0.5,
    floor: float = _EPSILON,
) -> Scores:
    """Scores of labels.

    Args:
        votes: float64 (N, K), probabilities of all voters averaged.
        labels: int64 (N,).
        sizes: float64 (K,), rows of each class.
        prior: Exponent of the sizes that is taken out.
        floor: Of q, times the number of classes.

    >>> label_scores(np.array([[0.1, 0.9]]), np.array([0]), sizes=np.array([5.0, 5.0])).suggested.tolist()
    [1]
    """
    free = votes / np.maximum(sizes, 1.0) ** prior
    free /= free.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    eps = floor / votes.shape[1]
    own = free[rows, labels].copy()
    free[rows, labels] = -1.0
    suggested = free.argmax(axis=1)
    score = np.log(free[rows, suggested] + eps) - np.log(own + eps)
    return Scores(score, suggested)
