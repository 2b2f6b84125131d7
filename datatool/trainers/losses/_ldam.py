"""Margins of the labels' own logits, larger for rarer classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datatool.trainers.losses._term import Scores, Term


class Ldam(Term):
    """z_y := z_y - m (n_min / n_y)^(1/4), with n the plan's quotas (Cao et al. 2019, arXiv:1906.07413).

    The rarest class that has rows has margin m, classes without rows have none.
    """

    def __init__(self, margin: float, /) -> None:
        self._largest = margin
        self._margins: NDArray[np.float32]

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        """Take the draws of an epoch."""
        del prior
        present = quota > 0
        smallest = quota[present].min() if present.any() else 1.0
        relative = np.where(present, (smallest / np.maximum(quota, smallest)) ** 0.25, 0.0).astype(np.float32)
        self._margins = relative * self._largest

    def before(self, scores: Scores, /) -> Scores:
        """The logits of the labels lowered."""
        ops, logits = scores.ops, scores.logits
        margins = ops.constant(self._margins, like=logits)
        own = ops.one_hot(scores.labels, class_num=len(self._margins), like=logits)
        return replace(scores, logits=logits - own * margins)
