"""The median, without numpy's masked arrays: `numpy.median` imports them, which takes 30 ms of a short command."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[np.generic], /) -> float:
    """The middle of some numbers (N,), N at least 1; of two middle ones the mean.

    >>> median(np.array([5, 1, 3])), median(np.array([4.0, 1.0]))
    (3.0, 2.5)
    """
    ordered = np.sort(values).astype(np.float64)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
