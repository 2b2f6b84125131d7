"""What belongs together when some pairs do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def components(count: int, first: Ints, second: Ints, /) -> Ints:
    """The connected components of a graph: for each node the smallest node it can be reached from.

    Every node takes the smallest label among its neighbours and then its label's own label, until nothing changes: a
    logarithmic number of rounds over the edges.

    Args:
        count: Nodes.
        first: int64 (M,), one end of each edge, in [0, count).
        second: int64 (M,), the other end.

    Returns:
        int64 (count,).

    >>> components(5, np.array([3, 1]), np.array([1, 4])).tolist()
    [0, 1, 2, 1, 1]
    """
    label = np.arange(count, dtype=np.int64)
    while True:
        least = np.minimum(label[first], label[second])
        changed = label.copy()
        for ends in (first, second):
            np.minimum.at(changed, label[ends], least)
            np.minimum.at(changed, ends, least)
        changed = changed[changed]
        if np.array_equal(changed, label):
            return label
        label = changed
