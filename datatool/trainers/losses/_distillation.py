"""A loss mixed with what a teacher says of the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import DistillSection
from datatool.trainers.losses._term import Scores


def distilled(losses: Any, scores: Scores, taught: NDArray[np.float32], section: DistillSection, /) -> Any:
    """Losses (N,) mixed with a teacher's: (1 - w) l + w T^2 H(teacher, student), softened by temperature T.

    Hinton et al. 2015, arXiv:1503.02531, section 2; T^2 keeps the size of the gradient whatever T is.

    Args:
        losses: float32 (N,), with gradients.
        scores: The student's own, which no term has moved.
        taught: float32 (N, class_num), the teacher's shares, softened by the same T.
        section: w and T.
    """
    ops, temperature = scores.ops, section.temperature
    soft = ops.soft_cross_entropy(scores.logits / temperature, ops.constant(taught, like=scores.logits))
    return losses * (1.0 - section.weight) + soft * (section.weight * temperature**2)
