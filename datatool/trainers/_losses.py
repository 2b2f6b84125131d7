"""Cross-entropy and what is added to it, written once over a framework's own cross-entropy."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import Ops
from datatool.schemas import DistillSection, LossSection

_LEAST: Final = 1e-6  # of 1 - p under an exponent below 1, whose slope at 0 is infinite; float32 resolves 6e-8


class Loss:
    """The loss of each row, from logits; batch weights come on top as sum(w l) / sum(w).

    With z the logits, y the label, pi the plan's prior, n the plan's quotas and K classes:

    * ``logit_adjust: tau``: z := z + tau log pi (Menon et al. 2020, arXiv:2007.07314, logit-adjusted softmax loss).
      Classes without rows are left out of the prior: their logits are not moved.
    * ``ldam: m``: z_y := z_y - m (n_min / n_y)^(1/4) (Cao et al. 2019, arXiv:1906.07413; the rarest has margin m).
    * ``label_smoothing: e``: targets (1 - e) onehot(y) + e / K (Szegedy et al. 2015, arXiv:1512.00567).
    * ``focal: g``: the loss times (1 - p_y)^g (Lin et al. 2017, arXiv:1708.02002); with g < 1 at least 1e-6^g.
    * ``ohem: f``: only the ceil(f N) rows of the batch with the largest loss count (Shrivastava et al. 2016,
      arXiv:1604.03540).

    Args:
        section: Which of them, and how strong.
        prior: float64 (class_num,), share of each class in an epoch of the plan.
        quota: float64 (class_num,), draws of each class in an epoch of the plan.
    """

    def __init__(self, section: LossSection, /, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        self._section = section
        self.set_prior(prior=prior, quota=quota)

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        """Take the shares of another epoch, for plans whose quotas move."""
        section = self._section
        self._shift = None if section.logit_adjust is None else _log_prior(prior) * section.logit_adjust
        self._margin = None if section.ldam is None else _margins(quota) * section.ldam

    def rows(self, ops: Ops, logits: Any, labels: Any, /) -> Any:
        """Loss per row (N,) of logits (N, class_num) and labels (N,), with gradients."""
        section = self._section
        if self._shift is not None:
            logits = logits + ops.constant(self._shift, like=logits)
        if self._margin is not None:
            margin = ops.constant(self._margin, like=logits)
            logits = logits - ops.one_hot(labels, class_num=len(self._margin), like=logits) * margin
        losses = ops.cross_entropy(logits, labels, smoothing=section.label_smoothing)
        if section.focal is not None:
            hard = losses if section.label_smoothing == 0 else ops.cross_entropy(logits, labels, smoothing=0.0)
            missed = 1.0 - ops.exp(-hard)
            losses = losses * (ops.at_least(missed, _LEAST) if section.focal < 1 else missed) ** section.focal
        return losses

    def taught(self, ops: Ops, losses: Any, logits: Any, shares: Any, section: DistillSection, /) -> Any:
        """Losses (N,) mixed with a teacher's: (1 - w) l + w T^2 H(teacher, student), softened by temperature T.

        Hinton et al. 2015, arXiv:1503.02531, section 2; T^2 keeps the size of the gradient whatever T is.
        ``shares`` are the teacher's, float32 (N, class_num), of the same T.
        """
        temperature = section.temperature
        soft = ops.soft_cross_entropy(logits / temperature, ops.constant(shares, like=logits))
        return losses * (1.0 - section.weight) + soft * (section.weight * temperature**2)

    def kept(
        self, losses: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]], /
    ) -> NDArray[np.bool_] | None:
        """Which rows of the global batch count, bool (N,); None for all. Rows of weight 0 are not counted as rows."""
        if self._section.ohem is None:
            return None
        order = np.argsort(-np.where(weights > 0, losses, -np.inf), kind="stable")
        kept = np.zeros(len(losses), np.bool_)
        kept[order[: math.ceil(self._section.ohem * int((weights > 0).sum()))]] = True
        return kept

    @property
    def mines(self) -> bool:
        """Whether ``kept`` ever leaves rows out."""
        return self._section.ohem is not None


def _log_prior(prior: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        return np.where(prior > 0, np.log(prior), 0.0).astype(np.float32)


def _margins(quota: NDArray[np.float64]) -> NDArray[np.float32]:
    """Relative to the rarest class that has rows; 0 for classes without rows."""
    present = quota > 0
    smallest = quota[present].min() if present.any() else 1.0
    return np.where(present, (smallest / np.maximum(quota, smallest)) ** 0.25, 0.0).astype(np.float32)
