"""A trainer of another package is refused before the first step where a run asks more of it than it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.schemas import Plan
from datatool.trainers import make_trainer
from datatool.training._preflight import check_trainer
from tests.helpers.runs import Run, figures

MOVING: dict[str, Any] = {"data": {"train": "train.txt", "strategy": "progressive:3"}, "run": {"trainer": "toy"}}


@pytest.mark.usefixtures("toy_plugin")
def test_quotas_that_move_need_a_trainer_that_follows_them(run: Run, home: Path) -> None:
    """Silently its loss would keep the shares of the first epoch."""
    with pytest.raises(ConfigError, match=r"follow a plan whose quotas move; ToyTrainer has no set_prior of its own"):
        run(**MOVING)
    assert not (home / "runs" / "r").exists()


@pytest.mark.usefixtures("toy_plugin")
def test_a_trainer_that_says_how_it_follows_runs_and_is_told_each_epoch(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shares of an epoch sum to 1, and move."""
    told: list[Any] = []
    kind = type(make_trainer("toy"))
    monkeypatch.setattr(kind, "set_prior", lambda _, *, prior, quota: told.append(prior), raising=False)

    folder = run(**{**MOVING, "run": {"trainer": "toy", "epochs": 3}})

    assert len(figures(folder)) == 3
    assert [float(prior.sum()) for prior in told] == pytest.approx([1, 1])
    assert not np.array_equal(*told)


@pytest.mark.usefixtures("toy_plugin")
def test_several_processes_need_a_trainer_that_sums_over_them(home: Path) -> None:
    """Each would report its own part as the whole."""
    plans = [Plan.open(home / "nat.plan")]
    with pytest.raises(ConfigError, match=r"sum over 2 processes; ToyTrainer has no sum_over_ranks of its own"):
        check_trainer(make_trainer("toy"), plans, world_size=2)
    check_trainer(make_trainer("toy"), plans, world_size=1)


@pytest.mark.parametrize("name", ["paddle", "torch"])
def test_ours_have_what_every_run_asks(run: Run, home: Path, name: str) -> None:
    plan = Plan.open(run(data={"train": "train.txt", "strategy": "progressive:3"}) / "plans" / "stage_0.plan")
    check_trainer(make_trainer(name), [plan], world_size=2)
