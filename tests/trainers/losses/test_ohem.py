from __future__ import annotations

import numpy as np

from tests.helpers.losses import loss_of


def test_hard_examples_are_the_largest_losses_of_real_rows() -> None:
    """A third of six real rows is two; filler rows are neither counted nor kept."""
    losses = np.array([0.1, 5.0, 0.3, 2.0, 9.0, 0.2, 0.4])
    weights = np.array([1, 1, 1, 1, 0, 1, 1])
    kept = loss_of(ohem=1 / 3).kept(losses, weights)
    assert kept is not None
    assert np.flatnonzero(kept).tolist() == [1, 3]
