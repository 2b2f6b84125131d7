"""The terms together, on both frameworks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from datatool.schemas import LossSection
from datatool.trainers.losses import TERMS
from tests.helpers.losses import LABELS, LOGITS, PLAIN, QUOTA, cross_entropy, loss_of, rows


def test_plain_cross_entropy(kit: Any) -> None:
    """-log softmax(z)_y."""
    assert rows(kit) == pytest.approx(PLAIN, rel=1e-5)


def test_all_of_them_together(kit: Any) -> None:
    """Shift, margin, smoothing and focusing apply in this order."""
    shift = np.log(QUOTA / QUOTA.sum())
    expected = []
    for row, label in zip(LOGITS, LABELS, strict=True):
        moved = (np.array(row) + shift).tolist()
        moved[label] -= 0.3 * (1 / QUOTA[label]) ** 0.25
        smooth = 0.9 * cross_entropy(moved, label) + 0.1 * sum(cross_entropy(moved, other) for other in range(3)) / 3
        expected.append(smooth * (1 - math.exp(-cross_entropy(moved, label))) ** 1.5)
    assert rows(kit, logit_adjust=1, ldam=0.3, label_smoothing=0.1, focal=1.5) == pytest.approx(expected, rel=1e-5)


def test_classes_without_rows_are_left_out_of_every_prior(kit: Any) -> None:
    """Their logits are not moved, and nothing becomes infinite."""
    quota = np.array([50.0, 50.0, 0.0])
    half = math.log(0.5)
    expected = [cross_entropy([2 + half, half, -1], 0), cross_entropy([half, 1 + half, 0], 2)]
    assert rows(kit, quota, logit_adjust=1) == pytest.approx(expected, rel=1e-5)
    assert rows(kit, quota, ldam=0.5)[1] == pytest.approx(PLAIN[1], rel=1e-5)


def test_every_key_of_the_section_is_a_term() -> None:
    """A key without a term would be taken and have no effect."""
    assert set(TERMS) == set(LossSection.model_fields) - {"name"}


@pytest.mark.parametrize("key", TERMS)
def test_a_term_says_whether_it_mines(key: str) -> None:
    """Rows are gathered from all processes only where a term leaves some out."""
    loss = loss_of(**{key: 0.5})
    assert loss.mines == (loss.kept(np.ones(2), np.ones(2)) is not None)
