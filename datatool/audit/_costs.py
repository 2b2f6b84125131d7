"""What each balancing strategy would cost, before a plan is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datatool.samplers import Counts

STRATEGIES: Final = (
    "natural",
    "sqrt",
    "power:0.25",
    "repeat-factor:0.001",
    "effective:0.999",
    "oversample",
    "undersample",
)


class StrategyCost(NamedTuple):
    """An epoch under one strategy."""

    strategy: str
    epoch_size: int  # draws
    unique: int  # different images drawn
    unused: int  # images never drawn in an epoch
    smallest: int  # draws of the class that is drawn least
    ratio: float  # draws of the most drawn class over those of the least drawn
    max_repeat: int  # draws of the most repeated image


def strategy_costs(counts: Mapping[int, Mapping[str, int]], /) -> list[StrategyCost]:
    """One entry per strategy, for rows per class and source; none without rows."""
    import numpy as np

    from datatool.samplers import Counts

    cells = [
        (label, source, rows) for label in sorted(counts) for source, rows in sorted(counts[label].items()) if rows
    ]
    if not cells:
        return []
    given = Counts(
        label=np.array([label for label, _, _ in cells], np.int64),
        source=tuple(source for _, source, _ in cells),
        num_rows=np.array([rows for _, _, rows in cells], np.int64),
    )
    return [_cost(name, given) for name in STRATEGIES]


def _cost(name: str, counts: Counts) -> StrategyCost:
    import numpy as np

    from datatool.samplers import allocate, parse_strategy

    quota = allocate(counts, parse_strategy(name)).quota
    per_class = counts.per_class(quota)
    unique = int(np.minimum(quota, counts.num_rows).sum())
    return StrategyCost(
        strategy=name,
        epoch_size=int(quota.sum()),
        unique=unique,
        unused=counts.total - unique,
        smallest=int(per_class.min()),
        ratio=float(per_class.max() / per_class.min()) if per_class.min() else math.inf,
        max_repeat=int((-(-quota // counts.num_rows)).max()),
    )
