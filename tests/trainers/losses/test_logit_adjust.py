from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers.losses import LABELS, LOGITS, PLAIN, cross_entropy, loss_of, rows, scores_of


def test_logits_are_moved_by_the_log_of_the_prior(kit: Any) -> None:
    """Cross-entropy of z + tau log pi."""
    shift = [0.5 * math.log(share) for share in (0.9, 0.09, 0.01)]
    expected = [
        cross_entropy([value + by for value, by in zip(row, shift, strict=True)], label)
        for row, label in zip(LOGITS, LABELS, strict=True)
    ]
    assert rows(kit, logit_adjust=0.5) == pytest.approx(expected, rel=1e-5)


def test_another_epoch_has_another_prior(kit: Any) -> None:
    """An even one leaves the softmax as it is."""
    loss = loss_of(logit_adjust=1.0)
    even = np.full(3, 1 / 3)
    loss.set_prior(prior=even, quota=100 * even)
    assert kit.array(loss.rows(scores_of(kit))).tolist() == pytest.approx(PLAIN, rel=1e-5)
