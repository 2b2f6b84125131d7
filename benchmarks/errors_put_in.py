"""Labels made wrong, and how well a ranking finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def spoiled(given: Ints, confusion: Floats | None, share: float, seed: int) -> Ints:
    """Labels of which a share is wrong: at random, or in proportion to how often classes are mixed up."""
    random = np.random.default_rng([seed, 77])
    classes = np.unique(given)
    wrong = given.copy()
    for row in random.choice(len(given), round(share * len(given)), replace=False).tolist():
        others = classes[classes != given[row]]
        weight = None if confusion is None else confusion[given[row]][others]
        wrong[row] = random.choice(others, p=None if weight is None else weight / weight.sum())
    return wrong


def confused(given: Ints, suggested: Ints, score: Floats) -> Floats:
    """How often a class is taken for another, squared: what real annotators mix up."""
    num = int(given.max()) + 1
    table = np.full((num, num), 0.5)
    taken = (score > 0) & (suggested >= 0)
    np.add.at(table, (given[taken], suggested[taken]), 1)
    squares: Floats = table**2
    return squares


def precision(score: Floats, bad: Bools) -> float | str:
    """Mean precision at each wrong row; nothing where there is none."""
    if not bad.any():
        return ""
    hits = bad[np.argsort(-score, kind="stable")]
    return round(float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean()), 4)


def first_quarter(score: Floats, bad: Bools) -> float | str:
    """Precision of the first rows, a quarter as many as are wrong; nothing where none is."""
    if not bad.any():
        return ""
    count = max(int(bad.sum()) // 4, 1)
    return round(float(bad[np.argsort(-score, kind="stable")][:count].mean()), 4)


def area(score: Floats, bad: Bools) -> float | str:
    """Area under the curve; nothing where there is one kind."""
    if bad.all() or not bad.any():
        return ""
    wins = (score[bad][:, None] > score[~bad][None]) + 0.5 * (score[bad][:, None] == score[~bad][None])
    return round(float(wins.mean()), 4)
