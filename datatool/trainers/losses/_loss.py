"""The terms of a recipe together, written once over a framework's own cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import LossSection
from datatool.trainers.losses._table import TERMS
from datatool.trainers.losses._term import Scores


class Loss:
    """The loss of each row, from logits; batch weights come on top as sum(w l) / sum(w).

    A term is on where its key differs from the section's default.

    Args:
        section: Which terms, and how strong.
        prior: float64 (class_num,), share of each class in an epoch of the plan.
        quota: float64 (class_num,), draws of each class in an epoch of the plan.
    """

    def __init__(self, section: LossSection, /, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        default = LossSection()
        values = {key: getattr(section, key) for key in TERMS}
        self._terms = [TERMS[key](value) for key, value in values.items() if value != getattr(default, key)]
        self.set_prior(prior=prior, quota=quota)

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        """Take the shares of another epoch, for plans whose quotas move."""
        for term in self._terms:
            term.set_prior(prior=prior, quota=quota)

    def rows(self, scores: Scores, /) -> Any:
        """Loss per row (N,), with gradients."""
        for term in self._terms:
            scores = term.before(scores)
        losses = scores.cross_entropy
        for term in self._terms:
            losses = term.after(losses, scores)
        return losses

    def kept(
        self, losses: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]], /
    ) -> NDArray[np.bool_] | None:
        """Which rows of the global batch count, bool (N,); None for all. Rows of weight 0 are no rows."""
        masks = [mask for term in self._terms if (mask := term.kept(losses, weights)) is not None]
        return np.logical_and.reduce(masks) if masks else None

    @property
    def mines(self) -> bool:
        """Whether ``kept`` ever leaves rows out."""
        return any(term.mines for term in self._terms)
