"""The moving average of the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError
from datatool.trainers import TrainerState
from tests.helpers.nets import batch_of, build, rebuild

DECAY = 0.5
BOTH = pytest.mark.parametrize("trainer", ["paddle", "torch"])


def _build(home: Path, trainer: str, **sections: Any) -> Any:
    section = {"name": "sgd", "weight_decay": 0.0, **sections.pop("optimizer", {})}
    return build(f"small_nets:{trainer}_net", home, trainer=trainer, optimizer=section, **sections)


def _trajectory(home: Path, trainer: str, num: int, **sections: Any) -> list[Any]:
    """Weights after each step without an average."""
    made, generator = _build(home, trainer, **sections), np.random.default_rng(0)
    found = [made.state().model]
    for seed in range(num):
        made.step(batch_of(made, generator), lr=0.1, seed=seed)
        found.append(made.state().model)
    return found


def _averaged(home: Path, trainer: str, num: int, **sections: Any) -> Any:
    made, generator = _build(home, trainer, optimizer={"ema": DECAY}, **sections), np.random.default_rng(0)
    for seed in range(num):
        made.step(batch_of(made, generator), lr=0.1, seed=seed)
    return made


@BOTH
def test_the_state_is_the_average_of_the_weights_of_every_step(home: Path, trainer: str) -> None:
    """By its formula, over the weights of a training without an average; batch-norm statistics too."""
    weights = _trajectory(home, trainer, 4)
    expected = dict(weights[0])
    for step, after in enumerate(weights[1:], 1):
        share = 1 - min(DECAY, (1 + step) / (10 + step))
        expected = {name: value + share * (after[name] - value) for name, value in expected.items()}
    actual = _averaged(home, trainer, 4).state().model
    for name, value in expected.items():
        if actual[name].dtype.kind == "f":
            np.testing.assert_allclose(actual[name], value, rtol=1e-4, atol=1e-6, err_msg=name)
    moved = [name for name in actual if not np.array_equal(actual[name], weights[-1][name])]
    assert "fc.weight" in moved
    assert any("bn1" in name and ("mean" in name) for name in moved)


@BOTH
def test_logits_are_those_of_the_average_and_training_goes_on_from_the_weights(home: Path, trainer: str) -> None:
    """Looking at logits between steps changes no bit of what follows."""
    made = _averaged(home, trainer, 3)
    batch = batch_of(made, np.random.default_rng(9))
    plain = _build(home, trainer)
    plain.load_state(TrainerState(model=made.state().model, extra=made.state().extra))
    assert np.array_equal(plain.logits(batch), made.logits(batch))
    other = _averaged(home, trainer, 3)
    for each in (made, other):
        each.step(batch_of(each, np.random.default_rng(5)), lr=0.1, seed=7)
    one, two = made.state(), other.state()
    assert all(np.array_equal(one.model[name], two.model[name]) for name in one.model)
    assert all(np.array_equal(one.optimizer[name], two.optimizer[name]) for name in one.optimizer)


@BOTH
def test_frozen_layers_are_not_averaged(home: Path, trainer: str) -> None:
    """They have no entry behind the average, and their bits."""
    before = _build(home, trainer).state().model
    state = _averaged(home, trainer, 3, model={"freeze": "backbone"}).state()
    assert {name for name in state.optimizer if name.endswith("/live")} == {"fc.weight/live", "fc.bias/live"}
    assert all(np.array_equal(state.model[name], before[name]) for name in before if not name.startswith("fc"))


@BOTH
def test_a_later_stage_goes_on_from_the_average(home: Path, trainer: str) -> None:
    """What was evaluated at the end of a stage is what the next one begins with, averaged there or not."""
    made = _averaged(home, trainer, 3)
    expected = made.state().model
    rebuild(made, f"small_nets:{trainer}_net", home, stage=1, model={"freeze": "backbone"})
    actual = made.state().model
    assert all(np.array_equal(actual[name], expected[name]) for name in expected)


def test_weights_behind_the_average_have_to_be_there(home: Path) -> None:
    """A checkpoint with some of them only is refused by name."""
    made = _averaged(home, "paddle", 2)
    state = made.state()
    lacking = {name: value for name, value in state.optimizer.items() if name != "fc.bias/live"}
    with pytest.raises(CheckpointError, match=r"'fc\.bias' is missing"):
        made.load_state(TrainerState(model=state.model, optimizer=lacking, extra=state.extra))
