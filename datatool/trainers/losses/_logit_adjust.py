"""Logits moved by the log of the prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datatool.trainers.losses._term import Scores, Term


class LogitAdjust(Term):
    """z := z + tau log pi, with pi the plan's prior (Menon et al. 2020, arXiv:2007.07314, logit-adjusted softmax loss).

    Classes without rows are left out of the prior: their logits are not moved.
    """

    def __init__(self, tau: float, /) -> None:
        self._tau = tau
        self._shift: NDArray[np.float32]

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        """Take the shares of an epoch."""
        del quota
        with np.errstate(divide="ignore"):
            logs = np.where(prior > 0, np.log(prior), 0.0).astype(np.float32)
        self._shift = logs * self._tau

    def before(self, scores: Scores, /) -> Scores:
        """The logits moved."""
        return replace(scores, logits=scores.logits + scores.ops.constant(self._shift, like=scores.logits))
