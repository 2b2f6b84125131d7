"""Whether two samples can be of one distribution over categories, and what samples of their sizes can show.

Pearson's test of homogeneity for two samples: with shares p and q of n and m rows, and r the shares of both together,

    X2 = n m / (n + m) x sum((p - q)^2 / r)

is distributed as chi-squared with k - 1 degrees of freedom where nothing changed (Cochran, "The chi-squared test of
goodness of fit", 1952). Categories that would expect fewer than 5 rows are joined. Under a change the non-centrality is
n m / (n + m) x w^2, with Cohen's w^2 = sum((p - q)^2 / r) (Cohen, "Statistical power analysis", 1988, chapter 7).
Tails of chi-squared are Wilson's and Hilferty's normal approximation (1931), of the non-central one Patnaik's (1949).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALPHA: Final = 0.01  # several things are compared each time, so the usual 0.05 would cry wolf too often
POWER: Final = 0.8  # the usual one
_LEAST_EXPECTED: Final = 5.0  # Cochran's rule of thumb

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two samples.

    Attributes:
        distance: Total variation, half the sum of all differences of shares: the rows that would have to change.
        p: How often samples of one distribution differ at least as much.
        detectable: A total variation from which on these sizes show any change, with `POWER` at `ALPHA`.
        needed: Rows of the second sample that would show a change of the size seen; None where none would, as the
            first is too small.
    """

    distance: float
    p: float
    detectable: float
    needed: int | None


def compare(then: Mapping[str, int], now: Mapping[str, int], /) -> Comparison | None:
    """Compare two counts by category; None where a sample is empty or both have one category alone.

    >>> same = compare({"a": 500, "b": 500}, {"a": 49, "b": 51})
    >>> round(same.distance, 3), same.p > 0.5
    (0.01, True)
    >>> compare({"a": 500, "b": 500}, {"a": 80, "b": 20}).p < 1e-6
    True
    """
    keys = sorted({*then, *now})
    n, m = sum(then.values()), sum(now.values())
    if not n or not m or len(keys) < 2:
        return None
    counts = np.array([[one.get(key, 0) for key in keys] for one in (then, now)], np.float64)
    distance = float(np.abs(counts[0] / n - counts[1] / m).sum() / 2)
    joined = _joined(counts, n, m)
    freedom = max(joined.shape[1] - 1, 1)
    p, q, r = joined[0] / n, joined[1] / m, joined.sum(axis=0) / (n + m)
    effect = float(((p - q) ** 2 / r).sum())
    together = n * m / (n + m)
    least = _noncentrality(freedom)
    needed = None
    if effect > 0 and least / effect < n:
        wanted = least / effect
        needed = math.ceil(wanted * n / (n - wanted))
    return Comparison(
        distance=distance,
        p=chi2_tail(together * effect, freedom),
        detectable=min(1.0, math.sqrt(least / together) / 2),
        needed=needed,
    )


def _joined(counts: Floats, n: int, m: int) -> Floats:
    """Without categories that would expect too few rows in the smaller sample; those are one."""
    expected = counts.sum(axis=0) * (min(n, m) / (n + m))
    rare = expected < _LEAST_EXPECTED
    if not rare.any():
        return counts
    rest = counts[:, rare].sum(axis=1, keepdims=True)
    kept = counts[:, ~rare]
    return np.concatenate([kept, rest], axis=1) if rest.sum() else kept


def chi2_tail(value: float, freedom: float, /) -> float:
    """Share of chi-squared above a value.

    >>> round(chi2_tail(3.841, 1), 2), round(chi2_tail(18.307, 10), 2)
    (0.05, 0.05)
    """
    if value <= 0:
        return 1.0
    spread = 2 / (9 * freedom)
    z = ((value / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return math.erfc(z / math.sqrt(2)) / 2


def _critical(freedom: float) -> float:
    """The value that is passed with probability `ALPHA`."""
    return _solve(lambda value: chi2_tail(value, freedom) - ALPHA, freedom)


def _noncentrality(freedom: int) -> float:
    """What makes the critical value be passed with probability `POWER`."""
    critical = _critical(freedom)
    return _solve(lambda extra: POWER - _noncentral_tail(critical, freedom, extra), 1.0)


def _noncentral_tail(value: float, freedom: float, extra: float) -> float:
    scale = (freedom + 2 * extra) / (freedom + extra)
    return chi2_tail(value / scale, (freedom + extra) ** 2 / (freedom + 2 * extra))


def _solve(falling: Callable[[float], float], start: float) -> float:
    """The root of a function that falls from positive to negative values."""
    low, high = 0.0, start
    while falling(high) > 0:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2
