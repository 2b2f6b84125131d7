"""Strategies by name: one line each."""

from __future__ import annotations

from typing import Final

from datatool.samplers._kind import find_kind, make_kind
from datatool.samplers.strategies._effective import EFFECTIVE
from datatool.samplers.strategies._equal import OVERSAMPLE, UNDERSAMPLE
from datatool.samplers.strategies._power import NATURAL, POWER, SQRT
from datatool.samplers.strategies._progressive import PROGRESSIVE
from datatool.samplers.strategies._repeat_factor import REPEAT_FACTOR
from datatool.samplers.strategies._strategy import Strategy, StrategyKind
from datatool.samplers.strategies._table import CELLS
from datatool.schemas import ConfigError

_KINDS: Final = (
    NATURAL,
    OVERSAMPLE,
    UNDERSAMPLE,
    SQRT,
    POWER,
    EFFECTIVE,
    REPEAT_FACTOR,
    PROGRESSIVE,
    CELLS,
)
STRATEGIES: Final[dict[str, StrategyKind]] = {kind.name: kind for kind in _KINDS}

_UNKNOWN: Final = "a strategy must have a known name"
_ONE: Final = "the strategy {name}"


def parse_strategy(text: str, /, *, target: str | int | None = None) -> Strategy:
    """The strategy that a text like `power:0.3` names; shares from a file, `cells:FILE`, are read by datatool.balance.

    Args:
        text: As given to `--strategy`.
        target: As given to `--target`: `max`, `median` or a number of draws; for `oversample`.

    Raises:
        ConfigError: If there is none of that name, or its argument or the target is missing, superfluous or out of
            range.

    >>> parse_strategy("power:0.25")
    Power(exponent=0.25)
    """
    if target is None:
        return make_kind(text, STRATEGIES, unknown=_UNKNOWN, one=_ONE, of="a strategy")
    kind, _ = find_kind(text, STRATEGIES, unknown=_UNKNOWN, one=_ONE)
    if kind.with_target is None:
        takers = " or ".join(one.name for one in _KINDS if one.with_target is not None)
        raise ConfigError(f"a target must go with the strategy {takers}; got '{text}'")
    return kind.with_target(target)
