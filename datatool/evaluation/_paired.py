"""What two models' hits and misses on the same rows say of the difference between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from datatool.evaluation._intervals import CONFIDENCE, mid_p
from datatool.schemas import Verdict

_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Rows counted by which of two models gets them right.

    Attributes:
        total: Rows.
        first: Right by the first model.
        second: Right by the second.
        only_first: Right by the first alone.
        only_second: Right by the second alone.
    """

    total: int
    first: int
    second: int
    only_first: int
    only_second: int

    @property
    def difference(self) -> float:
        """Share of the second less share of the first."""
        return (self.only_second - self.only_first) / self.total

    @property
    def p(self) -> float:
        """Of McNemar's test, mid-p."""
        return mid_p(self.only_first, self.only_second)

    @property
    def variance(self) -> float:
        """Of the difference, with one row added to each of the two kinds that differ."""
        more, less = (self.only_second + 1) / (self.total + 2), (self.only_first + 1) / (self.total + 2)
        return (more + less - (more - less) ** 2) / (self.total + 2)

    @property
    def span(self) -> tuple[float, float]:
        """The 95 % interval of the difference: the adjusted Wald interval of Bonett and Price 2012.

        (J. Educational and Behavioral Statistics 37:479; recommended by Fagerland, Lydersen and Laake 2014, Statistics
        in Medicine 33:2850.)
        """
        middle = (self.only_second - self.only_first) / (self.total + 2)
        return _around(middle, self.variance)


def mean_difference(classes: Sequence[Pairs], /) -> tuple[float, float, float]:
    """Difference of the mean recall over classes, and its 95 % interval.

    Rows of different classes are independent, so that the variance of the mean is that of the classes' differences,
    each as `Pairs.variance` has it, added up and divided by the square of their number.
    """
    number = len(classes)
    middle = math.fsum(pairs.difference for pairs in classes) / number
    low, high = _around(middle, math.fsum(pairs.variance for pairs in classes) / number**2)
    return middle, low, high


def holm(p_values: Sequence[float], /) -> list[float]:
    """P values adjusted for how many they are (Holm 1979): the chance of one false alarm among them stays what it was.

    >>> holm([0.01, 0.04, 0.5])
    [0.03, 0.08, 0.5]
    """
    found, most = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        most = max(most, min(1.0, p_values[index] * (len(p_values) - place)))
        found[index] = most
    return found


def verdict_of(low: float, high: float, p: float | None = None, /) -> Verdict:
    """Better or worse where the interval, and the test if there is one, leave no other reading."""
    if (p is not None and p > 1 - CONFIDENCE) or low <= 0 <= high:
        return "not shown"
    return "better" if low > 0 else "worse"


def _around(middle: float, variance: float) -> tuple[float, float]:
    reach = _Z * math.sqrt(variance)
    return max(middle - reach, -1.0), min(middle + reach, 1.0)
