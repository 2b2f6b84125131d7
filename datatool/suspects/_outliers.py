"""Pictures unlike anything else: far from their k-th neighbour.

Sun et al., "Out-of-distribution detection with deep nearest neighbors", 2022, on raw features of length 1. Foreign
pictures come in clusters and are each other's neighbours, so k must be larger than a cluster.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.probe import cosine_blocks, unit_rows

_MOST, _LEAST, _SHARE = 100, 10, 15  # k = min(100, max(10, n / 15))
# Times the spread between the quartiles above the upper one: the fence of Tukey 1977. On photographs it names 1 % of
# ordinary rows, and 30 of 30 digits and 16 of 30 photographs of other things; twice as far names none of either.
_FAR: Final = 1.5
_MAX_SHARE: Final = 0.03  # of the rows that are named

Floats = NDArray[np.float64]


def distances(features: NDArray[np.float32], reference: NDArray[np.int64], /) -> Floats:
    """Distance of each row to its k-th neighbour among the reference rows, float64 (N,)."""
    rows = unit_rows(features)
    k = min(_MOST, max(_LEAST, len(reference) // _SHARE), len(reference) - 1)
    found = np.zeros(len(rows))
    if k < 1:
        return found
    place = np.full(len(rows), -1)
    place[reference] = np.arange(len(reference))
    for start, cosines in cosine_blocks(rows, rows[reference]):
        own = place[start : start + len(cosines)]
        cosines[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf
        kth = -np.partition(-cosines, k - 1, axis=1)[:, k - 1]
        found[start : start + len(cosines)] = np.sqrt(np.maximum(2 - 2 * kth.astype(np.float64), 0.0))
    return found


def far_out(distance: Floats, /) -> NDArray[np.bool_]:
    """Rows beyond the upper quartile by 1.5 times the quartiles' spread, at most 3 % of all, bool (N,).

    >>> far_out(np.array([1.0] * 30 + [1.1] * 30 + [1.2] * 30 + [9.0])).nonzero()[0].tolist()
    [90]
    """
    low, high = np.quantile(distance, [0.25, 0.75])
    beyond = distance > high + _FAR * (high - low)
    most = int(_MAX_SHARE * len(distance))
    kept = np.zeros(len(distance), np.bool_)
    kept[np.argsort(-distance, kind="stable")[: min(most, int(beyond.sum()))]] = True
    return kept
