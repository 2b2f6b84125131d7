"""scikit-learn's handwritten digits as features, and labels made wrong."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray


def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pixels float32 (1797, 64) and labels int64 (1797,)."""
    datasets = pytest.importorskip("sklearn.datasets")
    data = datasets.load_digits()
    return data.data.astype(np.float32), data.target.astype(np.int64)


def made_wrong(
    labels: NDArray[np.int64], share: float, /, *, num_classes: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Labels of which a share is another class at random, and which."""
    random = np.random.default_rng(seed)
    chosen = random.choice(len(labels), round(share * len(labels)), replace=False)
    wrong = labels.copy()
    wrong[chosen] = (wrong[chosen] + random.integers(1, num_classes, len(chosen))) % num_classes
    return wrong, wrong != labels


def average_precision(score: NDArray[np.float64], bad: NDArray[np.bool_], /) -> float:
    """Mean precision at each true one, in the order of falling scores."""
    hits = bad[np.argsort(-score, kind="stable")]
    found = np.cumsum(hits)[hits]
    return float((found / (np.flatnonzero(hits) + 1)).mean())
