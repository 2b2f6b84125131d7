"""Pictures that are nearly the same, by features: also where one is the mirror image of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.probe import close_pairs, unit_rows
from datatool.suspects._options import NEAR

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """The nearest other picture of each row, where it is nearly the same.

    Attributes:
        row: int64 (M,), ascending.
        other: int64 (M,).
        cosine: float64 (M,), of raw features.
        mirrored: Bool (M,), whether the other's mirror image is meant.
        pairs: int64 (P, 2), all pairs.
    """

    row: NDArray[np.int64]
    other: NDArray[np.int64]
    cosine: Floats
    mirrored: NDArray[np.bool_]
    pairs: NDArray[np.int64]


def nearly_same(features: NDArray[np.float32], mirrored: NDArray[np.float32], picture: NDArray[np.int64], /) -> Nearest:
    """Pairs of different files whose features, or those of one and of the other's mirror image, hardly differ.

    Args:
        features: float32 (N, D).
        mirrored: float32 (N, D), of the mirror images.
        picture: int64 (N,), equal for rows of one file, which are no pair.
    """
    rows = unit_rows(features)
    plain, straight = close_pairs(rows, rows, least=NEAR, same=True)
    turned, across = close_pairs(unit_rows(mirrored), rows, least=NEAR, same=False)
    pairs = np.concatenate([plain, turned])
    cosine = np.concatenate([straight, across]).astype(np.float64)
    flipped = np.arange(len(pairs)) >= len(plain)
    kept = picture[pairs[:, 0]] != picture[pairs[:, 1]]
    return _nearest(pairs[kept], cosine[kept], flipped[kept])


def _nearest(pairs: NDArray[np.int64], cosine: Floats, flipped: NDArray[np.bool_]) -> Nearest:
    both = np.concatenate([pairs, pairs[:, ::-1]])
    twice, how = np.concatenate([cosine, cosine]), np.concatenate([flipped, flipped])
    order = np.lexsort((both[:, 1], how, -twice, both[:, 0]))
    row, first = np.unique(both[order, 0], return_index=True)
    chosen = order[first]
    return Nearest(row=row, other=both[chosen, 1], cosine=twice[chosen], mirrored=how[chosen], pairs=pairs)
