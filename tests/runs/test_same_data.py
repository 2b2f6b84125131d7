"""A resumed run has the plan, the data and the total batch it began with; as many rows per step on other processes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from datatool.errors import ConfigError, LoaderError
from datatool.frameworks import Ranks
from datatool.training import _fit
from tests.helpers.processes import FROZEN, commands, start
from tests.helpers.runs import Run, cut, figures, same, weights

CACHED: dict[str, Any] = {"model": {"freeze": "backbone"}, "data": {"augment": "eval"}, "run": {"epochs": 3}}


def in_processes(monkeypatch: pytest.MonkeyPatch, world_size: int) -> None:
    """As the first of several processes, until the trainer would be built."""
    monkeypatch.setattr(_fit, "ranks_of", lambda: Ranks(rank=0, world_size=world_size))


@pytest.mark.parametrize("options", [{"run": {"epochs": 3}}, CACHED], ids=["images", "features"])
def test_another_plan_is_refused_at_the_end_of_an_epoch(run: Run, home: Path, options: dict[str, Any]) -> None:
    """And the run goes on once the plan is back."""
    whole = run("whole", **options)
    copy = cut(whole, "copy", step=5)
    plan = (home / "nat.plan").readlink()
    (home / "nat.plan").unlink()
    shutil.copytree(home / "over.plan", home / "nat.plan")
    with pytest.raises(ConfigError, match=r"must have the plan it began with; that of stage 0 had fingerprint"):
        run("copy", resume=True, **options)
    shutil.rmtree(home / "nat.plan")
    (home / "nat.plan").symlink_to(plan)
    run("copy", resume=True, **options)
    assert same(copy, whole)


def test_another_list_of_a_stage_to_come_is_refused(run: Run, home: Path) -> None:
    """The data set of the second stage lost a row while the first was trained."""
    (home / "more.txt").write_text((home / "train.txt").read_text())
    stages = [{}, {"data": {"train": "more.txt"}}]
    options = {"data": {"train": "train.txt", "strategy": "natural"}, "run": {"epochs": 1, "stages": stages}}
    cut(run("whole", **options), "copy", step=5)
    (home / "more.txt").write_text("\n".join((home / "train.txt").read_text().splitlines()[1:]) + "\n")
    with pytest.raises(ConfigError, match=r"that of stage 1 had fingerprint \w+ and 5 steps"):
        run("copy", resume=True, **options)


@pytest.mark.parametrize("options", [{"run": {"epochs": 3}}, CACHED], ids=["images", "features"])
def test_another_number_of_processes_needs_the_same_total_batch(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Two processes with eight rows each are not one with eight; two with four each are."""
    copy = cut(run("whole", **options), "copy", step=5)
    in_processes(monkeypatch, 2)
    with pytest.raises(ConfigError, match=r"stage 0 had 8 and has 16"):
        run("copy", resume=True, **options)
    halved = {**options, "data": {**options.get("data", {}), "batch_size": 4}}
    monkeypatch.setattr(_fit._Run, "run", lambda _: None)
    assert run("copy", resume=True, **halved) == copy
    assert yaml.safe_load((copy / "recipe.yaml").read_text())["data"]["batch_size"] == 4


@pytest.mark.slow
@pytest.mark.parametrize(("trainer", "step"), [("paddle", 7), ("torch", 5)])
def test_a_run_goes_on_in_two_processes_with_half_the_rows_each(
    run: Run, write_recipe: Callable[..., Path], home: Path, trainer: str, step: int
) -> None:
    """From the middle and from the end of an epoch, to what one process gives, within float error.

    Where a run goes on is the loop's business and no trainer's, so that one of each will do.
    """
    model = {**FROZEN["model"], "backbone": f"small_nets:{trainer}_net"}
    settings = {**FROZEN["run"], "trainer": trainer, "checkpoint_every": 1, "keep": 100}
    whole = run("whole", model=model, run=settings)
    copy = cut(whole, "copy", step=step)
    recipe = write_recipe("copy", model=model, run=settings, data={"batch_size": 4})
    start([*commands(trainer, recipe, home / "logs")["devices"], "--resume"], home)
    for name, expected in weights(whole).items():
        np.testing.assert_allclose(weights(copy)[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
    for first, second in zip(figures(whole), figures(copy), strict=True):
        assert first["loss"] == pytest.approx(second["loss"], rel=1e-4)


def test_another_batch_size_is_refused_by_name(run: Run) -> None:
    """On one process it is another total batch."""
    cut(run("whole", run={"epochs": 3}), "copy", step=5)
    with pytest.raises(ConfigError, match=r"'data.batch_size' was 8 and is 4"):
        run("copy", resume=True, run={"epochs": 3}, data={"batch_size": 4})


def test_state_says_what_each_stage_trains_on(run: Run, home: Path) -> None:
    """In every checkpoint, at the end of an epoch too."""
    folder = run(run={"epochs": 1, "stages": [{}, {"data": {"train": "over.plan", "batch_size": 12}}]})
    plans = [json.loads((home / name / "plan.json").read_text()) for name in ("nat.plan", "over.plan")]
    expected = [
        {"plan": plans[0]["fingerprint"], "total_batch": 8, "steps": 5},
        {"plan": plans[1]["fingerprint"], "total_batch": 12, "steps": 6},
    ]
    states = [json.loads((folder / "checkpoints" / f"step_{step}" / "state.json").read_text()) for step in (5, 11)]
    assert [state["stages"] for state in states] == [expected, expected]


def test_features_of_another_plan_are_refused_inside_an_epoch(run: Run, home: Path) -> None:
    """As images are."""
    options = {**CACHED, "run": {"epochs": 3, "checkpoint_every": 2, "keep": 100}}
    cut(run("whole", **options), "copy", step=2)
    (home / "nat.plan").unlink()
    (home / "nat.plan").symlink_to(home / "over.plan")
    with pytest.raises((ConfigError, LoaderError), match="must have the plan it began with"):
        run("copy", resume=True, **options)
