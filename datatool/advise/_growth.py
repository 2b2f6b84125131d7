"""What more pictures of every class would give: error = a n^-b, fitted to three sizes of the set.

Hestness et al. 2017; Mahmood et al. 2022. Measured on photographs, what twice as many give was told to within 0.02 on
average. For one class at a time nothing predicts better than no curve at all, so that is refused.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.advise._compare import recalls
from datatool.advise._cross import Folds
from datatool.probe import Design, Probe

FACTOR: Final = 2
ERROR: Final = 0.04
_PARTS: Final = (0.25, 0.5, 1.0)
_PENALTY: Final = 0.1
_MIN_ROWS: Final = 8  # of a class's rows on average; less has no quarter

Floats = NDArray[np.float64]


def grow(probe: Probe, folds: Folds, /, *, seed: int) -> tuple[float, float] | None:
    """Macro recall now, and its gain from twice the pictures; None where the set is too small or does not grow."""
    place, real = probe.rows.place, ~probe.rows.synthetic
    num_classes = len(probe.rows.classes)
    if real.sum() < _MIN_ROWS * num_classes:
        return None
    values = [_value(probe, folds, place, part, num_classes=num_classes, seed=seed) for part in _PARTS]
    errors = np.array([max(1 - value, 1e-3) for value in values])
    slope, level = np.polyfit(np.log(_PARTS), np.log(errors), 1)
    now = float(np.exp(level))
    gain = now - now * float(FACTOR**slope)
    return values[-1], max(gain, 0.0)


def _value(probe: Probe, folds: Folds, place: NDArray[np.int64], part: float, *, num_classes: int, seed: int) -> float:
    """Macro recall of real rows, from a part of the real rows of each class."""
    random = np.random.default_rng([seed, round(100 * part)])
    hits = np.zeros(len(place))
    for held in folds.held:
        train, score = folds.split(0, held)
        train = train[~probe.rows.synthetic[train]]
        kept = _part(train, place, part, random)
        sizes = np.bincount(place[kept], minlength=num_classes)
        head = Design(probe.features[kept]).fit(
            place[kept], num_classes=num_classes, penalty=_PENALTY, weights=1.0 / sizes[place[kept]]
        )
        hits[score] = head.logits(probe.features[score]).argmax(axis=1) == place[score]
    scored = folds.scored
    return float(np.nanmean(recalls(hits[scored], place[scored], num_classes=num_classes)))


def _part(
    rows: NDArray[np.int64], place: NDArray[np.int64], part: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """A part of the rows of each class, at least one."""
    shuffled = random.permutation(rows)
    kept = []
    for number in np.unique(place[rows]).tolist():
        mine = shuffled[place[shuffled] == number]
        kept.append(mine[: max(1, round(part * len(mine)))])
    return np.sort(np.concatenate(kept))
