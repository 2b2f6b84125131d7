from __future__ import annotations

from typing import Any

import numpy as np

from datatool.schemas import DistillSection
from datatool.trainers.losses import distilled
from tests.helpers.losses import scores_of


def test_the_taught_loss_is_its_formula(kit: Any) -> None:
    """(1 - w) l + w T^2 H(teacher, student)."""
    logits = np.array([[2.0, 0.0, -1.0], [0.5, 0.5, 0.0]], np.float32)
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
    losses = np.array([1.0, 3.0], np.float32)
    section = DistillSection(teacher="x", weight=0.25, temperature=2.0)

    actual = distilled(kit.tensor(losses), scores_of(kit, logits), shares, section)

    soft = logits / 2.0
    log_p = soft - np.log(np.exp(soft).sum(axis=1, keepdims=True))
    expected = 0.75 * losses + 0.25 * 4.0 * -(shares * log_p).sum(axis=1)
    np.testing.assert_allclose(kit.array(actual), expected, rtol=1e-5)
