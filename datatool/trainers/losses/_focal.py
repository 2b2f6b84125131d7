"""Rows that the model is sure of count less."""

from __future__ import annotations

from typing import Any, Final

from datatool.trainers.losses._term import Scores, Term

_LEAST: Final = 1e-6  # of 1 - p under an exponent below 1, whose slope at 0 is infinite; float32 resolves 6e-8


class Focal(Term):
    """The loss times (1 - p_y)^g (Lin et al. 2017, arXiv:1708.02002); with g < 1 at least 1e-6^g."""

    def __init__(self, exponent: float, /) -> None:
        self._exponent = exponent

    def after(self, losses: Any, scores: Scores, /) -> Any:
        """The losses scaled."""
        missed = 1.0 - scores.ops.exp(-scores.hard)
        if self._exponent < 1:
            missed = scores.ops.at_least(missed, _LEAST)
        return losses * missed**self._exponent
