"""Steps of the trainer of framework modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.nets import batch_of, build, changed


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_batch_weights_change_the_gradient_in_proportion(home: Path, trainer: str) -> None:
    """A step with weights w moves weights by the mean of single-row steps, weighed by w / sum(w)."""
    section = {"name": "sgd", "weight_decay": 0.0}
    weights = np.array([3, 1, 0, 0, 2, 0, 0, 0.5], np.float32)

    def moved(by: Any) -> Any:
        made = build(
            f"small_nets:{trainer}_net", home, trainer=trainer, model={"freeze": "backbone"}, optimizer=section
        )
        before = made.state().model["fc.weight"]
        made.step(batch_of(made, np.random.default_rng(0), weights=np.asarray(by, np.float32)), lr=1.0, seed=0)
        return made.state().model["fc.weight"] - before

    single = [moved(np.eye(8)[row]) for row in range(8)]
    expected = sum(weight * move for weight, move in zip(weights, single, strict=True)) / weights.sum()
    np.testing.assert_allclose(moved(weights), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(moved(weights), moved(10 * weights), rtol=1e-4, atol=1e-6)


def test_a_batch_of_fillers_changes_nothing(home: Path) -> None:
    """All weights 0: no step is taken, not even by decay or momentum."""
    made = build("small_nets:paddle_net", home, model={"freeze": "backbone"})
    made.step(batch_of(made, np.random.default_rng(0)), lr=0.1, seed=0)
    before = made.state().model
    made.step(batch_of(made, np.random.default_rng(0), weights=np.zeros(8, np.float32)), lr=0.1, seed=1)
    assert not changed(before, made.state().model)
