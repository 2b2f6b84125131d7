"""A run that cannot begin leaves nothing, and one that diverges is neither evaluated nor saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError, DatatoolError
from datatool.evaluation import evaluate
from datatool.trainers import ModuleTrainer
from tests.helpers.nets import build
from tests.helpers.runs import Run


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ValueError])
def test_whatever_stops_a_beginning_leaves_nothing(
    run: Run, home: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted in the first step; the same command then runs."""

    def step(trainer: ModuleTrainer, batch: Any, /, *, lr: float, seed: int) -> Any:
        raise error

    monkeypatch.setattr(ModuleTrainer, "step", step)
    with pytest.raises(error):
        run(run={"epochs": 1})
    assert not (home / "runs" / "r").exists()
    monkeypatch.undo()
    assert (run(run={"epochs": 1}) / "report.html").exists()


def test_what_was_trained_outlives_an_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """The second epoch is interrupted: the checkpoint of the first stays."""
    step, taken = ModuleTrainer.step, []

    def sixth(trainer: ModuleTrainer, batch: Any, /, *, lr: float, seed: int) -> Any:
        taken.append(1)
        if len(taken) > 5:
            raise KeyboardInterrupt
        return step(trainer, batch, lr=lr, seed=seed)

    monkeypatch.setattr(ModuleTrainer, "step", sixth)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert [path.name for path in (home / "runs" / "r" / "checkpoints").iterdir()] == ["step_5"]


@pytest.mark.parametrize(("trainer", "other"), [("paddle", "torch"), ("torch", "paddle")])
def test_a_model_of_the_other_framework_is_refused(run: Run, home: Path, trainer: str, other: str) -> None:
    """One sentence with the recipe's key."""
    with pytest.raises(ConfigError, match=rf"must make a model of run.trainer: {trainer}; .* gave {other}\."):
        run(model={"backbone": f"small_nets:{other}_net"}, run={"trainer": trainer})
    assert not (home / "runs" / "r").exists()


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
@pytest.mark.parametrize("val", ["val.txt", None])
@pytest.mark.parametrize("every", [None, 1])
def test_weights_that_diverge_in_the_last_step_end_the_run(
    run: Run, home: Path, trainer: str, val: str | None, every: int | None
) -> None:
    """The one loss was finite; no checkpoint, no results, nothing left."""
    model = {"backbone": f"small_nets:{trainer}_net"}
    sections = {"epochs": 1, "trainer": trainer, "checkpoint_every": every}
    with pytest.raises(DatatoolError, match=r"the loss must stay finite; got weights .* at step 1 with learning rate"):
        run(model=model, optimizer={"lr": 1e30}, data={"val": val, "batch_size": 100}, run=sections)
    assert not (home / "runs" / "r").exists()


@pytest.mark.parametrize("val", ["val.txt", None])
def test_logits_that_diverge_in_the_last_step_end_the_run(run: Run, home: Path, val: str | None) -> None:
    """Weights that float32 holds, and products of theirs that it does not."""
    with pytest.raises(DatatoolError, match=r"the loss must stay finite; got logits that are not at step 1 with"):
        run(optimizer={"lr": 1e14}, data={"val": val, "batch_size": 100}, run={"epochs": 1})
    assert not (home / "runs" / "r").exists()


def test_a_model_that_diverged_is_not_evaluated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence instead of figures made of nothing."""
    folder = run(run={"epochs": 1})
    monkeypatch.setattr(ModuleTrainer, "logits", lambda _, batch: np.full((len(batch.labels), 3), np.nan, np.float32))
    with pytest.raises(DatatoolError, match="logits must be finite; got nan"):
        evaluate(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_only_trained_tensors_are_looked_at(home: Path, value: float) -> None:
    """A frozen one is the user's own."""
    made = build("small_nets:paddle_net", home, model={"freeze": ["conv1"]})
    assert made.diverged() is None
    for name, expected in (("conv1.weight", None), ("fc.weight", "fc.weight")):
        tensor = dict(made._parameters())[name]
        made.kit.assign(tensor, np.full(tensor.shape, value, np.float32))
        assert made.diverged() == expected
