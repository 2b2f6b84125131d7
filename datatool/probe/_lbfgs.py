"""L-BFGS with a backtracking line search (Nocedal & Wright, "Numerical Optimization", algorithms 7.4 and 3.1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Loss = Callable[[Floats], tuple[float, Floats]]

_MEMORY: Final = 8  # pairs kept
_MAX_STEPS: Final = 200
_TOLERANCE: Final = 1e-3  # of the largest entry of the gradient; predictions then agree with the limit's to 1e-3
_ARMIJO: Final = 1e-4
_MAX_HALVINGS: Final = 20

_Pair = tuple[Floats, Floats, float]


def minimise(loss: Loss, start: Floats, /, *, scale: float = 1.0) -> Floats:
    """Where a smooth convex function is smallest.

    Args:
        loss: Point (N,) to value and gradient (N,).
        start: float32 (N,).
        scale: Size of a gradient that is not small.

    >>> minimise(lambda x: (float(((x - 3) ** 2).sum()), 2 * (x - 3)), np.zeros(2, np.float32)).round(3).tolist()
    [3.0, 3.0]
    """
    point, (value, slope) = start, loss(start)
    enough = _TOLERANCE * scale
    pairs: deque[_Pair] = deque(maxlen=_MEMORY)
    for _ in range(_MAX_STEPS):
        if float(np.abs(slope).max(initial=0.0)) <= enough:
            break
        direction = -_scaled(slope, pairs)
        found = _along(loss, point, value, slope, direction)
        if found is None:
            break
        moved, new_value, new_slope = found
        step, bend = moved - point, new_slope - slope
        curvature = float(step @ bend)
        if curvature > 1e-10:
            pairs.append((step, bend, 1.0 / curvature))
        point, value, slope = moved, new_value, new_slope
    return point


def _scaled(slope: Floats, pairs: deque[_Pair]) -> Floats:
    """The gradient times the inverse of the curvature that the kept pairs tell of."""
    found, factors = slope.copy(), []
    for step, bend, inverse in reversed(pairs):
        factor = inverse * float(step @ found)
        factors.append(factor)
        found -= factor * bend
    if pairs:
        step, bend, inverse = pairs[-1]
        found /= inverse * float(bend @ bend)
    for (step, bend, inverse), factor in zip(pairs, reversed(factors), strict=True):
        found += (factor - inverse * float(bend @ found)) * step
    return found


def _along(
    loss: Loss, point: Floats, value: float, slope: Floats, direction: Floats
) -> tuple[Floats, float, Floats] | None:
    """A point on the line that is low enough; None where rounding hides every descent."""
    fall = float(slope @ direction)
    if fall >= 0:
        return None
    length = 1.0
    for _ in range(_MAX_HALVINGS):
        moved: Floats = np.add(point, np.float32(length) * direction, dtype=np.float32)
        new_value, new_slope = loss(moved)
        if new_value <= value + _ARMIJO * length * fall:
            return moved, new_value, new_slope
        length /= 2
    return None
