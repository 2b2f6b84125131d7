"""What a number of hits says of the rate behind it: exact intervals, and tests of pairs."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

CONFIDENCE: Final = 0.95
_TINY: Final = 1e-300  # keeps a continued fraction from dividing by zero
_ROUNDS: Final = 100_000  # of the fraction, which needs about the square root of its arguments


def interval(hits: float, total: float, /, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Both ends of the interval of Clopper and Pearson 1934 for a rate: never covers it less often than it says.

    Args:
        hits: At most ``total``; both may be effective numbers of weighted rows (Korn and Graubard 1998).
        total: Trials; without any the interval is [0, 1].
        confidence: Of the two ends together.

    >>> [round(end, 4) for end in interval(0, 32)], [round(end, 4) for end in interval(9, 10)]
    ([0.0, 0.1089], [0.555, 0.9975])
    """
    tail = (1 - confidence) / 2
    return lower_bound(hits, total, confidence=1 - tail), upper_bound(hits, total, confidence=1 - tail)


def wilson(hits: float, total: float, /, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Both ends of the interval of Wilson 1927 for a rate: on average it covers it as often as it says.

    >>> [round(end, 4) for end in wilson(0, 10)], [round(end, 4) for end in wilson(9, 10)]
    ([0.0, 0.2775], [0.5958, 0.9821])
    """
    if not total:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, scale = hits / total, 1 + z * z / total
    middle = rate + z * z / (2 * total)
    half = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def lower_bound(hits: float, total: float, /, *, confidence: float = CONFIDENCE) -> float:
    """What a rate is at least; 0 without hits."""
    return 1 - upper_bound(total - hits, total, confidence=confidence)


def upper_bound(hits: float, total: float, /, *, confidence: float = CONFIDENCE) -> float:
    """What a rate is at most; 1 where every trial is a hit.

    Without a hit it is 1 - (1 - confidence)^(1 / total), which is about 3 / total at 95 %: the rule of three.

    >>> round(upper_bound(0, 32), 4), round(upper_bound(0, 300), 4)
    (0.0894, 0.0099)
    """
    if hits >= total:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if _beta(middle, hits + 1, total - hits) < confidence:
            low = middle
        else:
            high = middle
    return high


def mid_p(one: int, other: int, /) -> float:
    """P value of McNemar's test on the rows that only one of two got right, exact.

    Two-sided mid-p of a binomial with rate 1/2, in which what was seen counts half, as Fagerland, Lydersen and Laake
    2013 (BMC Medical Research Methodology 13:91) advise.

    >>> round(mid_p(0, 5), 5), mid_p(3, 3)
    (0.03125, 1.0)
    """
    total, least = one + other, min(one, other)
    if one == other:
        return 1.0
    logs = [math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(least + 1)]
    shares = [math.exp(log - total * math.log(2)) for log in logs]
    return min(1.0, 2 * math.fsum(shares) - shares[-1])


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by the continued fraction of DLMF 8.17.22."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)), by Lentz's method."""
    value, over, under = 1.0, 1.0, 0.0
    for step in range(1, _ROUNDS):
        m, odd = divmod(step, 2)
        if odd:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        under = 1 / (1 + term * under or _TINY)
        over = 1 + term / over or _TINY
        value *= over * under
        if abs(over * under - 1) < 1e-15:
            break
    return value
