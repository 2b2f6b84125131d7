"""Ways to train under imbalance, and which of them are one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers import Counts, Modifiers, allocate, parse_strategy, parse_weights
from datatool.schemas import ConfigError

NATURAL: Final = "natural"
LOGIT_ADJUST: Final = "logit-adjust"
CORRECTED: Final = "corrected"
WEIGHTS: Final = "weights"
DEFAULT_WAYS: Final = ("sqrt", "oversample", f"{WEIGHTS}:inverse")
LARGE_WAYS: Final = DEFAULT_WAYS[:2]  # of a large set: with natural three trainings; weights gain what repeats gain
_SAME: Final = 1.02  # ratio of the shares of two ways that are one
EVEN: Final = 1.2  # largest class over smallest; below it there is nothing to balance
_PRICE: Final = (NATURAL, CORRECTED, LOGIT_ADJUST, WEIGHTS)  # cheaper first; strategies that repeat rows come last


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to train.

    Attributes:
        name: As the advice calls it.
        strategy: Of the plan.
        weights: Of the plan.
        trained: Whether it needs a training of its own.
    """

    name: str
    strategy: str = NATURAL
    weights: str = "none"
    trained: bool = True

    @property
    def price(self) -> int:
        """Cheaper ways have smaller numbers."""
        kind = self.name.partition(":")[0]
        return _PRICE.index(kind) if kind in _PRICE else len(_PRICE)


def parse_way(text: str, /) -> Way:
    """A way by what `--strategies` calls it: a strategy of `datatool balance`, or `weights:inverse` and the like.

    Raises:
        ConfigError: If it is neither.

    >>> parse_way("weights:inverse").weights, parse_way("sqrt").strategy
    ('inverse', 'sqrt')
    """
    kind, colon, rest = text.partition(":")
    if kind == WEIGHTS:
        parse_weights(rest if colon else "inverse")
        return Way(name=f"{WEIGHTS}:{rest or 'inverse'}", weights=rest or "inverse")
    if kind == "cells":
        raise ConfigError("--strategies must name formulas; got a file of cells", hint="train that plan by itself")
    parse_strategy(text)
    return Way(name=text, strategy=text)


def quotas(way: Way, counts: Counts, /, *, epoch_size: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draws of each cell in an epoch, int64 (C,), and the weight of a draw, float64 (C,), mean 1."""
    quota = allocate(counts, parse_strategy(way.strategy), Modifiers(epoch_size=epoch_size)).quota
    draws = np.maximum(counts.per_class(quota), 1.0)
    weight = parse_weights(way.weights)(draws)[counts.class_index]
    return quota, weight * (quota.sum() / (weight @ quota))


def class_mass(way: Way, counts: NDArray[np.int64], /) -> NDArray[np.float64]:
    """Share of each class in the loss, float64 (K,): its draws times their weight."""
    cells = Counts.of({number: {"real": int(count)} for number, count in enumerate(counts.tolist()) if count})
    quota, weight = quotas(way, cells, epoch_size=max(int(counts.sum()), 1) * 100)
    mass = np.zeros(len(counts))
    mass[cells.label] = quota * weight
    shares: NDArray[np.float64] = mass / mass.sum()
    return shares


def same_groups(ways: list[Way], counts: NDArray[np.int64], /) -> list[list[str]]:
    """Groups of names that stand for the same draws and the same weights, by their numbers on this list."""
    groups: list[tuple[Way, list[str]]] = []
    for way in ways:
        for first, names in groups:
            if _one(first, way, counts):
                names.append(way.name)
                break
        else:
            groups.append((way, [way.name]))
    return [names for _, names in groups if len(names) > 1]


def _one(first: Way, second: Way, counts: NDArray[np.int64]) -> bool:
    if (first.weights == "none") != (second.weights == "none"):
        return False  # the same mass, but other steps: rows drawn again are not rows that weigh more
    one, other = class_mass(first, counts), class_mass(second, counts)
    ratio = one[one > 0] / other[one > 0]
    return bool(max(ratio.max(), 1 / ratio.min()) < _SAME)


def is_even(counts: NDArray[np.int64], /) -> bool:
    """Whether the classes are as good as equal.

    >>> is_even(np.array([10, 11])), is_even(np.array([10, 20]))
    (True, False)
    """
    present = counts[counts > 0]
    return bool(present.max() < EVEN * present.min())
