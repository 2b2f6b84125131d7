"""Cosines between all rows, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 1 << 22  # cosines held at once: 16 MB
LOOK_ALIKE: Final = 0.9  # cosine of centred features; such rows stay in one fold

Floats = NDArray[np.float32]


def unit_rows(features: Floats, /, *, centred: bool = False) -> Floats:
    """Rows of length 1, float32; centred ones without the mean row first.

    >>> unit_rows(np.array([[3.0, 4.0]], np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    rows = features - features.mean(axis=0) if centred else features
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = rows / np.maximum(lengths, 1e-12)
    return scaled


def cosine_blocks(rows: Floats, others: Floats, /) -> Iterator[tuple[int, Floats]]:
    """First row and cosines float32 (B, M) of each block of ``rows`` with all ``others``; both of unit length."""
    size = max(1, _BLOCK // max(len(others), 1))
    for start in range(0, len(rows), size):
        yield start, rows[start : start + size] @ others.T


def close_pairs(rows: Floats, others: Floats, /, *, least: float, same: bool) -> tuple[NDArray[np.int64], Floats]:
    """Pairs int64 (P, 2) whose cosine is above ``least``, and the cosines.

    Args:
        rows: float32 (N, D), of unit length.
        others: float32 (M, D), of unit length.
        least: Threshold.
        same: Whether row i of both is one picture: a pair is then given once, and none with itself.
    """
    pairs, values = [np.zeros((0, 2), np.int64)], [np.zeros(0, np.float32)]
    for start, cosines in cosine_blocks(rows, others):
        first, second = np.nonzero(cosines > least)
        if same:
            ahead = second > first + start
            first, second = first[ahead], second[ahead]
        pairs.append(np.stack([first + start, second], axis=1))
        values.append(cosines[first, second])
    return np.concatenate(pairs), np.concatenate(values)
