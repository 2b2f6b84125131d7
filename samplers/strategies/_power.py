"""`natural`, `sqrt` and `power:Q`: powers of the class size, from every row once to every class alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from datatool.samplers.strategies._strategy import StrategyKind
from datatool.schemas import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datatool.schemas.allocation import Counts


@dataclass(frozen=True, kw_only=True)
class Natural:
    """Draws of class c: n_c.

    >>> from datatool.samplers import Counts
    >>> Natural().mass(Counts.of({0: {"real": 8}, 1: {"real": 2}}))
    array([8., 2.])
    """

    name: ClassVar[str] = "natural"
    counts_draws: ClassVar[bool] = True

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        return counts.num_rows.astype("float64")


@dataclass(frozen=True, kw_only=True)
class Power:
    """Share of class c proportional to n_c^Q: Q = 1 natural, 1/2 square root, 0 balanced.

    Kang et al., Decoupling representation and classifier for long-tailed recognition, ICLR 2020;
    the square root also in Mahajan et al., Exploring the limits of weakly supervised pretraining, ECCV 2018.

    >>> from datatool.samplers import Counts
    >>> Power(exponent=0.5).mass(Counts.of({0: {"real": 9}, 1: {"real": 4}}))
    array([3., 2.])
    """

    name: ClassVar[str] = "power"
    counts_draws: ClassVar[bool] = False
    exponent: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.exponent <= 1:
            raise ConfigError(
                f"the exponent of power must lie between 0 (balanced) and 1 (natural); got {self.exponent:g}"
            )

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell up to a factor, float64 (K,)."""
        return counts.spread(counts.class_rows**self.exponent)


NATURAL: Final = StrategyKind(
    name="natural",
    rule="n_c draws: every row once",
    make=lambda _: Natural(),
    priced="natural",
    pictures={"natural": "natural"},
)
SQRT: Final = StrategyKind(
    name="sqrt",
    rule="share proportional to the square root of n_c",
    make=lambda _: Power(),
    priced="sqrt",
    pictures={"sqrt": "sqrt"},
)
POWER: Final = StrategyKind(
    name="power",
    rule="share proportional to n_c^Q: 0 is balanced, 1 natural",
    argument="Q",
    make=lambda text: Power(exponent=float(text)),
    priced="power:0.25",
    pictures={"power": "power:0.2"},
)
