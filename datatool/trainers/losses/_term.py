"""What may be added to cross-entropy, and what an addition sees of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import Ops


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Logits and labels of a batch, with the framework's arithmetic.

    Attributes:
        ops: The framework's.
        logits: float32 (N, class_num), with gradients.
        labels: int64 (N,).
        smoothing: e of the targets (1 - e) onehot(y) + e / class_num.
    """

    ops: Ops
    logits: Any
    labels: Any
    smoothing: float = 0.0

    @cached_property
    def hard(self) -> Any:
        """-log p_y of each row (N,), whatever the smoothing."""
        return self.ops.cross_entropy(self.logits, self.labels, smoothing=0.0)

    @property
    def cross_entropy(self) -> Any:
        """The loss of each row (N,) before anything scales it."""
        if self.smoothing == 0:
            return self.hard
        return self.ops.cross_entropy(self.logits, self.labels, smoothing=self.smoothing)


class Term:
    """One addition to cross-entropy, made from the value of its key; it overrides what it changes.

    Attributes:
        mines: Whether ``kept`` ever leaves rows out.
    """

    mines: ClassVar[bool] = False

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        """Take the shares (class_num,) and draws (class_num,) of each class in an epoch; before anything else."""

    def before(self, scores: Scores, /) -> Scores:
        """What cross-entropy is taken of."""
        return scores

    def after(self, losses: Any, scores: Scores, /) -> Any:
        """The losses (N,), scaled or changed."""
        del scores
        return losses

    def kept(
        self, losses: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]], /
    ) -> NDArray[np.bool_] | None:
        """Which rows of the global batch count, bool (N,); None for all. Rows of weight 0 are no rows."""
        del losses, weights
        return None
