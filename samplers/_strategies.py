"""Strategies by name: how often a row is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts
from datatool.samplers._effective import Effective
from datatool.samplers._natural import Natural
from datatool.samplers._oversample import Oversample
from datatool.samplers._power import Power
from datatool.samplers._progressive import Progressive
from datatool.samplers._repeat_factor import RepeatFactor
from datatool.samplers._undersample import Undersample
from datatool.schemas import ConfigError, nearest


class Strategy(Protocol):
    """Wanted draws of each cell.

    Attributes:
        name: As given to `--strategy`, without its argument.
        counts_draws: Whether ``mass`` counts draws; otherwise it is shares, scaled to the length of the epoch.
    """

    name: ClassVar[str]
    counts_draws: ClassVar[bool]

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, or shares up to a factor, float64 (K,)."""
        ...


STRATEGIES: Final[dict[str, tuple[str | None, Callable[[float], Strategy]]]] = {
    # name: (what stands after the colon, or None; factory that takes it)
    "natural": (None, lambda _: Natural()),
    "oversample": (None, lambda _: Oversample()),
    "undersample": (None, lambda _: Undersample()),
    "sqrt": (None, lambda _: Power()),
    "power": ("Q", lambda value: Power(exponent=value)),
    "effective": ("BETA", lambda value: Effective(beta=value)),
    "repeat-factor": ("T", lambda value: RepeatFactor(threshold=value)),
    "progressive": ("E", lambda value: Progressive(epochs=_whole(value))),
}


def parse_strategy(text: str, /, *, target: int | Literal["max", "median"] | None = None) -> Strategy:
    """The strategy that a text like `power:0.3` names; `cells:FILE` is read by datatool.balance.

    Raises:
        ConfigError: If there is none of that name, or its argument is missing, superfluous or out of range.

    >>> parse_strategy("power:0.25")
    Power(exponent=0.25)
    """
    name, colon, argument = text.partition(":")
    if name not in STRATEGIES:
        near = nearest(name, [*STRATEGIES, "cells"])
        hint = f"did you mean '{near}'?" if near else f"choose one of {', '.join(STRATEGIES)}, cells:FILE"
        raise ConfigError(f"a strategy must have a known name; got '{text}'", hint=hint)
    parameter, factory = STRATEGIES[name]
    if (parameter is None) != (not colon):
        rule = f"be written '{name}'" if parameter is None else f"be written '{name}:{parameter}'"
        raise ConfigError(f"the strategy {name} must {rule}; got '{text}'")
    if target is not None:
        if name != "oversample":
            raise ConfigError(f"a target must go with the strategy oversample; got '{text}'")
        return Oversample(target=target)
    return factory(_number(argument, text) if parameter else 0.0)


def _number(argument: str, text: str) -> float:
    try:
        return float(argument)
    except ValueError:
        raise ConfigError(f"the argument of a strategy must be a number; got '{text}'") from None


def _whole(value: float) -> int:
    if not value.is_integer():
        raise ConfigError(f"the number of epochs must be whole; got {value:g}")
    return int(value)
