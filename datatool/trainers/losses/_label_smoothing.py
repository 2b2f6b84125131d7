"""Targets softened."""

from __future__ import annotations

from dataclasses import replace

from datatool.trainers.losses._term import Scores, Term


class LabelSmoothing(Term):
    """Targets (1 - e) onehot(y) + e / class_num (Szegedy et al. 2015, arXiv:1512.00567)."""

    def __init__(self, share: float, /) -> None:
        self._share = share

    def before(self, scores: Scores, /) -> Scores:
        """The targets softened."""
        return replace(scores, smoothing=self._share)
