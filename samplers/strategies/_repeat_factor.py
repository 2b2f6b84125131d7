"""`repeat-factor:T`: rare classes repeated, frequent ones left alone."""

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
class RepeatFactor:
    """Draws of class c: n_c x max(1, sqrt(T / f_c)) with f_c = n_c / num_rows.

    Gupta et al., LVIS: a dataset for large vocabulary instance segmentation, CVPR 2019, repeat factor sampling.
    There the factor of an image is that of its rarest category; here an image has one class.

    >>> from datatool.samplers import Counts
    >>> counts = Counts.of({0: {"real": 96}, 1: {"real": 4}})
    >>> RepeatFactor(threshold=0.16).mass(counts)
    array([96.,  8.])
    """

    name: ClassVar[str] = "repeat-factor"
    counts_draws: ClassVar[bool] = True
    threshold: float

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"the threshold of repeat-factor must lie in (0, 1]; got {self.threshold:g}")

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        import numpy as np

        frequency = counts.class_rows / counts.total
        return counts.spread(counts.class_rows * np.maximum(1.0, np.sqrt(self.threshold / frequency)))


REPEAT_FACTOR: Final = StrategyKind(
    name="repeat-factor",
    rule="n_c x max(1, sqrt(T / f_c)) draws, f_c = n_c / N",
    argument="T",
    make=lambda text: RepeatFactor(threshold=float(text)),
    priced="repeat-factor:0.001",
    pictures={"repeat-factor": "repeat-factor:0.05"},
)
