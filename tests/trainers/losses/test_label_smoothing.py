from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.losses import LABELS, LOGITS, cross_entropy, rows


def test_targets_are_softened(kit: Any) -> None:
    """Targets (1 - e) onehot + e / K."""
    expected = [
        0.9 * cross_entropy(row, label) + 0.1 * sum(cross_entropy(row, other) for other in range(3)) / 3
        for row, label in zip(LOGITS, LABELS, strict=True)
    ]
    assert rows(kit, label_smoothing=0.1) == pytest.approx(expected, rel=1e-5)
