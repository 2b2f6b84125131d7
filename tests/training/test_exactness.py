"""What is trained does not depend on what else ran in the process before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.frameworks import open_framework
from tests.helpers.exactness import IMAGES, STEPS, paddle_threads
from tests.helpers.program import Cli
from tests.helpers.runs import Run, cut, same
from tests.helpers.small_nets import paddle_net

FROZEN: dict[str, Any] = {"model": {"backbone": "small_nets:paddle_net", "freeze": "until:relu1"}, "data": {"views": 2}}
CACHED: dict[str, Any] = {"feature_cache": "on"}


@pytest.mark.parametrize("threads", [1, 2])
def test_a_compiled_model_leaves_eager_work_its_threads(threads: int) -> None:
    """From the moment it is loaded; a predictor of Paddle's leaves one."""
    own = int(os.environ["OMP_NUM_THREADS"])
    kit = open_framework("paddle")
    kit.start(device="cpu", rank=0, world_size=1)
    net = paddle_net(3)
    net.eval()
    assert paddle_threads() == own
    run = kit.compile(net, IMAGES, num_threads=threads)
    assert paddle_threads() == own
    for _ in range(2):
        run(IMAGES)
        assert paddle_threads() == own


def test_training_begins_with_the_threads_of_the_process() -> None:
    """Whatever number a predictor of the user's own left."""
    kit = open_framework("paddle")
    kit.set_num_threads(1)
    kit.start(device="cpu", rank=0, world_size=1)
    assert paddle_threads() == int(os.environ["OMP_NUM_THREADS"])


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_training_after_any_engine_is_that_of_a_fresh_process(
    write_recipe: Callable[..., Path], home: Path, repository: Path, process: Cli, threads: int
) -> None:
    """Bit for bit, on Paddle and on PyTorch, after every engine in turn and after a run on cached features."""
    for module in ("torch", "nvidia.dali", "onnxruntime"):
        pytest.importorskip(module)
    write_recipe("paddle")
    write_recipe("torch", model={"backbone": "small_nets:torch_net"}, run={"trainer": "torch", "epochs": 2})
    write_recipe("cached", **FROZEN, run={"epochs": 2, **CACHED})

    def digests(*steps: str) -> list[list[str]]:
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(repository)}
        done = process("-m", "tests.helpers.exactness", *steps, cwd=home, env=environment)
        assert done.code == 0, done.err
        return [line.split() for line in done.out.splitlines()]

    fresh = {name: digests(name)[0][1] for name in ("paddle", "torch")}
    found = digests(*(name for step in ("cached", *STEPS) for name in (step, "paddle")), "torch")
    assert [line for line in found if line[0] in fresh and line[1] != fresh[line[0]]] == []


@pytest.mark.slow
def test_a_run_whose_first_stage_is_cached_goes_on_exactly_in_another_process(run: Run, home: Path) -> None:
    """Cut in its second stage, which trains everything."""
    stages = [{"run": {"epochs": 1}}, {"model": {"freeze": "none"}, "run": {"epochs": 2}}]
    whole = run("whole", **FROZEN, run={"stages": stages, "checkpoint_every": 2, "keep": 100, **CACHED})
    steps = sorted(int(path.name[5:]) for path in (whole / "checkpoints").iterdir())
    copy = cut(whole, "cut", step=steps[-3])
    recipe = home / "cut.yaml"
    recipe.write_text((home / "whole.yaml").read_text())
    done = subprocess.run([sys.executable, "-m", "datatool", "train", recipe, "--resume"], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert same(copy, whole)
