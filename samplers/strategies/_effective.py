"""`effective:BETA`: rows discounted for what they repeat of one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from datatool.samplers.strategies._strategy import StrategyKind
from datatool.schemas import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datatool.schemas.allocation import Counts


def effective_number(num_rows: NDArray[np.float64], beta: float, /) -> NDArray[np.float64]:
    """Effective number of samples, E(n) = (1 - beta^n) / (1 - beta).

    Cui et al., Class-balanced loss based on effective number of samples, CVPR 2019, Proposition 1.

    Raises:
        ConfigError: If beta is not in [0, 1).

    >>> import numpy as np
    >>> effective_number(np.array([1.0, 2.0, 1e9]), 0.5)
    array([1. , 1.5, 2. ])
    """
    import numpy as np

    check_beta(beta)
    if beta == 0:
        return np.ones_like(num_rows)
    number: NDArray[np.float64] = -np.expm1(num_rows * np.log(beta)) / (1 - beta)
    return number


def check_beta(beta: float, /) -> None:
    """Raise ConfigError unless beta is in [0, 1)."""
    if not 0 <= beta < 1:
        raise ConfigError(f"beta must lie in [0, 1); got {beta:g}", hint="0.9, 0.99, 0.999 and 0.9999 are usual")


@dataclass(frozen=True, kw_only=True)
class Effective:
    """Share of class c proportional to n_c / E(n_c): beta = 0 natural, beta towards 1 balanced.

    The mass that class-balanced weights 1 / E(n_c) give to n_c rows, met by drawing instead of weighting.
    Cui et al., CVPR 2019, Proposition 1.

    >>> from datatool.samplers import Counts
    >>> Effective(beta=0.0).mass(Counts.of({0: {"real": 9}, 1: {"real": 4}}))
    array([9., 4.])
    """

    name: ClassVar[str] = "effective"
    counts_draws: ClassVar[bool] = False
    beta: float

    def __post_init__(self) -> None:
        check_beta(self.beta)

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell up to a factor, float64 (K,)."""
        return counts.spread(counts.class_rows / effective_number(counts.class_rows, self.beta))


EFFECTIVE: Final = StrategyKind(
    name="effective",
    rule="share proportional to n_c / E(n_c), E(n) = (1 - BETA^n) / (1 - BETA)",
    argument="BETA",
    make=lambda text: Effective(beta=float(text)),
    priced="effective:0.999",
    pictures={"effective": "effective:0.99"},
)
