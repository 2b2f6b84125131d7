from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers.losses import PLAIN, cross_entropy, loss_of, rows, scores_of


def test_sure_rows_count_less(kit: Any) -> None:
    """(1 - p)^g times cross-entropy; g = 0 is cross-entropy."""
    expected = [(1 - math.exp(-loss)) ** 2 * loss for loss in PLAIN]
    assert rows(kit, focal=2) == pytest.approx(expected, rel=1e-5)
    assert rows(kit, focal=0) == pytest.approx(PLAIN, rel=1e-5)


@pytest.mark.parametrize("exponent", [0, 0.25, 0.5, 1, 2])
def test_gradients_stay_finite_where_the_class_is_certain(kit: Any, exponent: float) -> None:
    """p is 1 in float32; the other row has the gradient of the formula."""
    scores = scores_of(kit, [[60.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0, 2])
    kit.set_trainable(scores.logits, True)
    kit.backward(loss_of(focal=exponent).rows(scores).sum())
    certain, other = kit.array(scores.logits.grad)
    assert np.abs(certain).max() < 1e-6

    def value(moved: float) -> float:
        plain = cross_entropy([0.0, 1.0, moved], 2)
        return float((1 - math.exp(-plain)) ** exponent * plain)

    assert other[2] == pytest.approx((value(1e-5) - value(-1e-5)) / 2e-5, rel=1e-4)
