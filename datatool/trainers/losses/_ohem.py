"""Only the hardest rows of a batch count."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.trainers.losses._term import Term


class Ohem(Term):
    """Only the ceil(f N) rows of the batch with the largest loss count (Shrivastava et al. 2016, arXiv:1604.03540)."""

    mines: ClassVar[bool] = True

    def __init__(self, share: float, /) -> None:
        self._share = share

    def kept(self, losses: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]], /) -> NDArray[np.bool_]:
        """The rows with the largest losses."""
        order = np.argsort(-np.where(weights > 0, losses, -np.inf), kind="stable")
        kept = np.zeros(len(losses), np.bool_)
        kept[order[: math.ceil(self._share * int((weights > 0).sum()))]] = True
        return kept
