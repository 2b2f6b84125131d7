"""Gains with cautious intervals, and the four words.

For two ways d_i = hit_A(i) - hit_B(i), averaged over repeats; m = sum_c g_c mean_c(d) and
se^2 = sum_c g_c^2 v_c / (n_c + 1) with v_c = (sum_c d^2 + 1/2) / (n_c + 1) - (sum_c d / (n_c + 1))^2. The half row that
is added to each class keeps 0 of 3 from being certain. The interval is m +- 1.645 x 1.5 x se: 90 % for seven
comparisons together, and the factor also covers what the model of one fold shares with the next (Nadeau & Bengio 2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FACTOR: Final = 1.645 * 1.5
EQUIVALENT: Final = 0.02  # a difference that is none
_LEAST_SPREAD: Final = 1e-4  # of true recalls, where the observed ones spread no more than chance

Floats = NDArray[np.float64]
Verdict = Literal["better", "worse", "no difference", "cannot tell"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A paired difference, with its standard error."""

    mean: float
    error: float

    @property
    def low(self) -> float:
        """Lower limit of the interval."""
        return self.mean - FACTOR * self.error

    @property
    def high(self) -> float:
        """Upper limit of the interval."""
        return self.mean + FACTOR * self.error

    @property
    def verdict(self) -> Verdict:
        """One of four words; "not significant" is never "no difference"."""
        if self.low > 0:
            return "better"
        if self.high < 0:
            return "worse"
        return "no difference" if max(-self.low, self.high) <= EQUIVALENT else "cannot tell"


def recalls(hits: Floats, place: NDArray[np.int64], /, *, num_classes: int) -> Floats:
    """Recall of each class, float64 (K,); NaN without a row.

    Args:
        hits: float64 (N,), averaged over repeats.
        place: int64 (N,), classes.
        num_classes: K.
    """
    counts = np.bincount(place, minlength=num_classes)
    sums = np.bincount(place, weights=hits, minlength=num_classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def value_of(recall: Floats, worth: Floats, /) -> float:
    """V = sum_c g_c r_c over classes that are worth something."""
    counted = worth > 0
    return float(recall[counted] @ worth[counted] / worth[counted].sum())


def compare(first: Floats, second: Floats, place: NDArray[np.int64], worth: Floats, /) -> Difference:
    """Value of the first way less that of the second.

    Args:
        first: float64 (N,), hits averaged over repeats.
        second: float64 (N,).
        place: int64 (N,), classes.
        worth: float64 (K,).

    >>> ones, zeros = np.ones(40), np.zeros(40)
    >>> compare(ones, zeros, np.zeros(40, int), np.ones(1)).verdict
    'better'
    """
    d = first - second
    size = len(worth)
    counts = np.bincount(place, minlength=size).astype(np.float64)
    sums = np.bincount(place, weights=d, minlength=size)
    squares = np.bincount(place, weights=d * d, minlength=size)
    spread = (squares + 0.5) / (counts + 1) - (sums / (counts + 1)) ** 2
    counted = (worth > 0) & (counts > 0)
    share = worth[counted] / worth[counted].sum()
    mean = float(share @ (sums[counted] / counts[counted]))
    return Difference(mean=mean, error=float(np.sqrt(share**2 @ (spread[counted] / (counts[counted] + 1)))))


def shrunk_value(recall: Floats, counts: NDArray[np.int64], worth: Floats, /) -> float:
    """The value with recalls drawn to their mean by moments of a beta-binomial; for choosing, not for printing."""
    counted = (worth > 0) & np.isfinite(recall)
    r, n, share = recall[counted], counts[counted], worth[counted] / worth[counted].sum()
    mean = float(r.mean())
    spread = max(float(r.var()) - float((r * (1 - r) / n).mean()), _LEAST_SPREAD)
    rows = max(mean * (1 - mean) / spread - 1, 0.0)
    return float(share @ ((n * r + rows * mean) / (n + rows)))
