"""Going on: exact after any interruption, a finished run, another recipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import CheckpointError, ConfigError
from tests.helpers.runs import EAGER, Run, cut, figures, same


@pytest.mark.parametrize("kind", ["paddle", "torch", "cached"])
def test_a_run_cut_at_any_checkpoint_ends_with_the_same_weights(run: Run, kind: str) -> None:
    """Weights, accumulators, log and results, from early, late and last checkpoints; on cached features too."""
    options: dict[str, Any] = {**EAGER, "optimizer": {"name": "adamw", "layer_decay": 0.8}}
    if kind == "torch":
        options |= {"model": {"backbone": "small_nets:torch_net"}, "run": {**EAGER["run"], "trainer": "torch"}}
    if kind == "cached":
        options |= {"model": {"freeze": "until:relu2"}, "data": {"views": 2}}
        options["run"] = {**EAGER["run"], "feature_cache": "on"}
    whole = run("whole", **options)
    steps = sorted((whole / "checkpoints").iterdir(), key=lambda path: int(path.name[5:]))
    assert len(steps) > 5
    for kept in (1, 3, len(steps) - 1):
        copy = cut(whole, f"cut{kept}", step=int(steps[kept - 1].name[5:]))
        run(copy.name, resume=True, **options)
        assert same(copy, whole)
        assert figures(copy) == figures(whole)
        assert json.loads((copy / "eval.json").read_text()) == json.loads((whole / "eval.json").read_text())


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing(write_recipe: Callable[..., Path], run: Run, home: Path) -> None:
    """The process is killed three times while it trains; the end is bit for bit that of the uninterrupted run."""
    options = {"run": {"epochs": 12, "checkpoint_every": 3}}
    recipe = write_recipe("killed", **options)
    command = [sys.executable, "-m", "datatool", "train", str(recipe), "--resume"]
    checkpoints = home / "runs" / "killed" / "checkpoints"
    for kills in range(3):
        before = set(checkpoints.glob("step_*"))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        deadline = time.monotonic() + 120
        while not set(checkpoints.glob("step_*")) - before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.03 * kills)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, capture_output=True, env=os.environ, check=False).returncode == 0
    assert same(home / "runs" / "killed", run("whole", **options))


def test_a_finished_run_has_nothing_to_do(run: Run) -> None:
    """The second call changes no file."""
    folder = run()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert run(resume=True) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before


def test_results_lost_after_the_last_checkpoint_are_made_again(run: Run) -> None:
    """Killed between the last checkpoint and the results: they come out the same, mean losses of cells included."""
    folder = run()
    expected = json.loads((folder / "eval.json").read_text())
    for name in ("eval.json", "report.html"):
        (folder / name).unlink()
    run(resume=True)
    assert json.loads((folder / "eval.json").read_text()) == expected
    assert len(expected["train_cells"]) == 3


def test_a_changed_recipe_is_refused_by_name(run: Run) -> None:
    """But engine, threads and cache may change."""
    run()
    with pytest.raises(ConfigError, match=r"'optimizer.lr' was 0.05 and is 0.5"):
        run(resume=True, optimizer={"lr": 0.5})
    run(resume=True, data={"num_threads": 2, "cache": 16, "engine": "auto"})


def test_a_run_that_cannot_begin_leaves_nothing(run: Run, home: Path) -> None:
    """A weight file that is not there, a plan that is not there."""
    with pytest.raises(CheckpointError, match=r"model.pretrained must be a file"):
        run(model={"pretrained": "none.safetensors"})
    assert not (home / "runs" / "r").exists()


def test_a_run_cut_behind_the_last_step_of_an_epoch_logs_its_rate(run: Run) -> None:
    """The rate of the step, not the one that the recipe begins with."""
    options = {"run": {"epochs": 3, "checkpoint_every": 5, "keep": 100}, "data": {"val": None}}
    whole = run("whole", **options)
    copy = cut(whole, "copy", step=10)
    state = json.loads((copy / "checkpoints" / "step_10" / "state.json").read_text())
    assert (state["epoch"], state["epoch_step"]) == (1, 5)
    run("copy", resume=True, **options)
    assert figures(copy) == figures(whole)
