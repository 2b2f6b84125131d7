"""Folds: stratified, look-alikes together, synthetic rows with their parent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stratified_folds(
    labels: NDArray[np.int64], groups: NDArray[np.int64], /, *, num_folds: int, seed: int
) -> NDArray[np.int64]:
    """Fold of each row, int64 (N,): each class is spread evenly, rows of one group stay together.

    Groups go in random order, the larger before the smaller, to the fold that has least of their classes.

    Args:
        labels: int64 (N,).
        groups: int64 (N,), equal for rows that must not be parted.
        num_folds: Folds.
        seed: Any integer.

    >>> stratified_folds(np.array([0, 0, 1, 1]), np.arange(4), num_folds=2, seed=0).tolist() in (
    ...     [0, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0])
    True
    """
    random = np.random.default_rng(seed)
    fold = np.empty(len(labels), np.int64)
    _, group = np.unique(groups, return_inverse=True)
    _, dense = np.unique(labels, return_inverse=True)
    held = np.zeros((int(dense.max(initial=0)) + 1, num_folds), np.int64)
    filled = np.zeros(num_folds, np.int64)  # rows of each fold
    sizes = np.bincount(group)
    places = np.split(np.argsort(group, kind="stable"), np.cumsum(sizes)[:-1])
    shuffled = random.permutation(len(places))
    for number in shuffled[np.argsort(-sizes[shuffled], kind="stable")].tolist():
        members = places[number]
        classes = dense[members]
        taken = held[classes].sum(axis=0) * (len(labels) + 1) + filled
        least = np.flatnonzero(taken == taken.min())
        chosen = int(least[random.integers(len(least))])
        fold[members] = chosen
        np.add.at(held[:, chosen], classes, 1)
        filled[chosen] += len(members)
    return fold


def joined(num: int, pairs: NDArray[np.int64], /) -> NDArray[np.int64]:
    """Groups of rows that pairs connect, int64 (num,): the smallest row of each group.

    Args:
        num: Rows.
        pairs: int64 (P, 2).

    >>> joined(4, np.array([[0, 2], [2, 3]])).tolist()
    [0, 1, 0, 0]
    """
    parent = list(range(num))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for first, second in pairs.tolist():
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    return np.array([root(row) for row in range(num)], np.int64)


def pairs_of(keys: NDArray[np.int64] | NDArray[np.object_] | None, /) -> NDArray[np.int64]:
    """Pairs int64 (P, 2) that connect rows of one key; those of key None are connected to nobody.

    Args:
        keys: N of them, or None: no pair.

    >>> pairs_of(np.array(["a", None, "b", "a", None], object)).tolist()
    [[0, 3]]
    """
    first: dict[object, int] = {}
    listed = [] if keys is None else keys.tolist()
    found = [(first.setdefault(key, row), row) for row, key in enumerate(listed) if key is not None]
    pairs = np.array([pair for pair in found if pair[0] != pair[1]], np.int64)
    return pairs.reshape(-1, 2)
