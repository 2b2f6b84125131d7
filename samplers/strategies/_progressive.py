"""`progressive:E`: from natural to balanced over the first E epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from datatool.samplers.strategies._strategy import StrategyKind
from datatool.schemas import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datatool.schemas.allocation import Counts

MAX_EPOCHS: Final = 10_000  # each has quotas of its own, which opening a plan may have to add up


@dataclass(frozen=True, kw_only=True)
class Progressive:
    """Share of class c: (1 - t) x natural + t x equal, t = min(epoch / (E - 1), 1).

    Kang et al., Decoupling representation and classifier for long-tailed recognition, ICLR 2020,
    progressively-balanced sampling.

    >>> from datatool.samplers import Counts
    >>> counts = Counts.of({0: {"real": 8}, 1: {"real": 2}})
    >>> Progressive(epochs=5).mass(counts), Progressive(epochs=5).last(counts)
    (array([0.8, 0.2]), array([0.5, 0.5]))
    """

    name: ClassVar[str] = "progressive"
    counts_draws: ClassVar[bool] = False
    epochs: int

    def __post_init__(self) -> None:
        if not 2 <= self.epochs <= MAX_EPOCHS:
            raise ConfigError(
                f"progressive must have 2 to {MAX_EPOCHS:,} epochs to go from one end to the other; got {self.epochs}"
            )

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell in epoch 0, float64 (K,)."""
        return counts.num_rows / counts.total

    def last(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell from epoch E - 1 on, float64 (K,)."""
        import numpy as np

        return counts.spread(np.full(len(counts.classes), 1 / len(counts.classes)))


def _whole(value: float) -> int:
    if not value.is_integer():
        raise ConfigError(f"the number of epochs must be whole; got {value:g}")
    return int(value)


PROGRESSIVE: Final = StrategyKind(
    name="progressive",
    rule="shares (1 - t) x natural + t x equal, t = min(epoch / (E - 1), 1)",
    argument="E",
    make=lambda text: Progressive(epochs=_whole(float(text))),
    pictures={"progressive": "progressive:5"},
)
