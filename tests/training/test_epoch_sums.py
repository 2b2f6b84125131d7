"""Sums over the rows of an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from datatool.training._epoch_sums import EpochSums
from tests.helpers.memory_plans import memory_plan

CELLS = memory_plan([2, 2], rows=[3, 2]).cells


def added(*, per_cell: bool = True) -> EpochSums:
    """Three rows of two cells and a filler."""
    sums = EpochSums(CELLS, per_cell=per_cell)
    sums.add(
        np.array([1.0, 2.0, 6.0, 9.0], np.float32),
        weights=np.array([1.0, 1.0, 2.0, 0.0], np.float32),
        rows=np.array([0, 2, 4, -1]),
        positions=np.array([5, 6, 7, -1]),
    )
    return sums


def test_the_loss_is_weighted_and_fillers_do_not_count() -> None:
    assert added().loss == (1 + 2 + 12) / 4
    assert added().num_rows == 3


def test_cells_have_their_mean_losses_without_weights() -> None:
    assert [cell.loss for cell in added().train_cells()] == [1.5, 6.0]
    assert added(per_cell=False).train_cells() == []


def test_an_empty_epoch_has_no_loss() -> None:
    assert EpochSums(CELLS, per_cell=True).loss == 0.0


def test_a_state_is_taken_back() -> None:
    """As lists of numbers: weighted loss, weight and rows, then the cells."""
    state = added().state()
    assert state == {"sums": [15.0, 4.0, 3.0], "loss": [3.0, 6.0], "rows": [2.0, 1.0]}
    sums = EpochSums(CELLS, per_cell=True)
    sums.load_state(state)
    assert sums.state() == state
    assert sums.num_rows == 3


def test_processes_are_added_up() -> None:
    def twice(array: Any) -> Any:
        return 2 * array

    sums = added()
    sums.over_ranks(twice)
    assert sums.num_rows == 6
    assert sums.loss == pytest.approx(added().loss)
    assert [cell.loss for cell in sums.train_cells()] == [1.5, 6.0]
