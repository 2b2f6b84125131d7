"""`repeat-factor:T`: rare classes repeated, frequent ones left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._counts import Counts
from datatool.schemas import ConfigError


@dataclass(frozen=True, kw_only=True)
class RepeatFactor:
    """Draws of class c: n_c x max(1, sqrt(T / f_c)) with f_c = n_c / num_rows.

    Gupta et al., LVIS: a dataset for large vocabulary instance segmentation, CVPR 2019, repeat factor sampling.
    There the factor of an image is that of its rarest category; here an image has one class.

    >>> counts = Counts(label=np.array([0, 1]), source=("real", "real"), num_rows=np.array([96, 4]))
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
        frequency = counts.class_rows / counts.total
        return counts.spread(counts.class_rows * np.maximum(1.0, np.sqrt(self.threshold / frequency)))
