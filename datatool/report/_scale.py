"""Axes: where a value stands on a picture, and which values are worth a tick."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_TICKS: Final = 5  # about, on an axis


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A linear or logarithmic map from [low, high] to [start, end]."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place; values outside are drawn at the border."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        share = (value - low) / (high - low) if high > low else 0.0
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = _TICKS) -> list[float]:
        """About ``count`` round values inside the range."""
        return _log_ticks(self.low, self.high, count) if self.log else _linear_ticks(self.low, self.high, count)


def around(
    values: Sequence[float] | NDArray[np.float64],
    /,
    *,
    start: float,
    end: float,
    log: bool = False,
    zero: bool = True,
    whole: bool = False,
) -> Scale:
    """A scale that holds ``values``.

    Args:
        values: What has to be on it; those that are not finite are left out.
        start: Where the smallest stands, in pixels or shares.
        end: Where the largest stands.
        log: Logarithmic, from half the smallest positive value.
        zero: Whether a linear axis of positive values begins at 0.
        whole: Whether a linear axis ends at ticks.
    """
    held = np.asarray(values, np.float64)
    finite = held[np.isfinite(held) & (held > (0 if log else -np.inf))]
    if log:
        least, most = (float(finite.min()), float(finite.max())) if len(finite) else (1.0, 1.0)
        return Scale(low=least / 2, high=max(most * 1.25, least), start=start, end=end, log=True)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    low = 0.0 if zero and low >= 0 else low
    high = high if high > low else low + 1.0
    step = _step(low, high, _TICKS)
    if whole and math.isfinite(step):
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return Scale(low=low, high=high, start=start, end=end)


def short(value: float, /) -> str:
    """A tick label: `950`, `1.2k`, `43M`, `0.25`.

    >>> [short(v) for v in (0, 950, 1200, 43_000_000, 0.25)]
    ['0', '950', '1.2k', '43M', '0.25']
    """
    for limit, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{sign}"
    return f"{value:.3g}"


def _step(low: float, high: float, count: int) -> float:
    """A round distance that fits about ``count`` times."""
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in _NICE if nice * power >= rough * 0.999)


def _linear_ticks(low: float, high: float, count: int) -> list[float]:
    step = _step(low, high, count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _log_ticks(low: float, high: float, count: int) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / max(count, 1)))
    decades = [10.0**power for power in range(first, last + 1, stride)]
    if len(decades) >= 2:
        return decades
    steps = (1, 2, 5)
    fine = [digit * 10.0**power for power in range(first - 1, last + 1) for digit in steps]
    return [value for value in fine if low <= value <= high] or decades
