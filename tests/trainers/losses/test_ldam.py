from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.losses import cross_entropy, rows


def test_rarer_classes_have_larger_margins(kit: Any) -> None:
    """z_y loses m (n_min / n_y)^(1/4): the rarest class the whole margin."""
    expected = [cross_entropy([2 - 0.5 * (1 / 90) ** 0.25, 0, -1], 0), cross_entropy([0, 1, -0.5], 2)]
    assert rows(kit, ldam=0.5) == pytest.approx(expected, rel=1e-5)
