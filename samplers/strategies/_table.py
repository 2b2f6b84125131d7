"""`cells:FILE`: the user's own table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from datatool.samplers.strategies._strategy import StrategyKind
from datatool.schemas import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datatool.schemas.allocation import Counts


@dataclass(frozen=True, kw_only=True, eq=False)
class CellShares:
    """Share of each cell as given.

    Attributes:
        share: float64 (K,), at least 0, in the order of the cells; need not sum to 1.
    """

    name: ClassVar[str] = "cells"
    counts_draws: ClassVar[bool] = False
    share: NDArray[np.float64]

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell up to a factor, float64 (K,)."""
        assert len(self.share) == len(counts.label)
        return self.share


def _no_file(file: str) -> CellShares:
    raise ConfigError(f"the strategy cells must be made of the shares in its file, by datatool balance; got '{file}'")


CELLS: Final = StrategyKind(
    name="cells",
    rule="shares of your own: a CSV `class,source,share`",
    argument="FILE",
    make=_no_file,
)
