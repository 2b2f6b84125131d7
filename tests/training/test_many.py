"""Several processes equal one with the same total batch, under every launcher."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.frameworks import Ranks, launch_command, ranks_of
from datatool.frameworks._ranks import join_paddle, join_torch
from datatool.machine import SharedMemory
from datatool.training._preflight import nccl_memory
from tests.helpers.nets import build
from tests.helpers.processes import FROZEN, WORKER, commands, start
from tests.helpers.runs import Run, figures, weights


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trainer", "launcher"),
    [("paddle", "devices"), ("paddle", "torchrun"), ("torch", "devices"), ("torch", "paddle")],
)
@pytest.mark.parametrize("cached", [False, True])
def test_two_processes_equal_one(
    run: Run, write_recipe: Callable[..., Path], home: Path, trainer: str, launcher: str, cached: bool
) -> None:
    """Weights, log and results within float error, features cached or not."""
    if cached and launcher != "devices":
        pytest.skip("the launcher makes no difference to the cache")
    shared: dict[str, Any] = {
        **FROZEN,
        "model": {**FROZEN["model"], "backbone": f"small_nets:{trainer}_net"},
        "run": {**FROZEN["run"], "trainer": trainer, "feature_cache": "auto" if cached else "off"},
    }
    augment = {"augment": "eval"} if cached else {}
    recipe = write_recipe("two", **shared, data={"batch_size": 4, **augment})
    start(commands(trainer, recipe, home / "logs")[launcher], home)
    one = run("one", **shared, data={"batch_size": 8, **augment})
    two = home / "runs" / "two"
    for name, expected in weights(one).items():
        np.testing.assert_allclose(weights(two)[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
    for first, second in zip(figures(one), figures(two), strict=True):
        assert first["loss"] == pytest.approx(second["loss"], rel=1e-4)
        assert first["step"] == second["step"]
        assert first["eval"]["top1"] == pytest.approx(second["eval"]["top1"])


def test_the_environment_of_any_launcher_is_understood() -> None:
    """Paddle's variables, torchrun's, and none; each framework is told what the other's launcher set."""
    torchrun = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "5000"}
    paddle = {
        "PADDLE_TRAINER_ID": "1",
        "PADDLE_TRAINERS_NUM": "2",
        "PADDLE_RANK_IN_NODE": "1",
        "PADDLE_TRAINER_ENDPOINTS": "127.0.0.1:6000,127.0.0.1:6001",
    }
    assert ranks_of({}) == Ranks(rank=0, world_size=1, local_rank=0)
    assert ranks_of(torchrun) == ranks_of(paddle) == Ranks(rank=1, world_size=2, local_rank=1)
    assert ranks_of(join_paddle(torchrun)) == ranks_of(torchrun)
    assert ranks_of(join_torch(paddle)) == ranks_of(paddle)
    assert join_paddle(paddle) == join_torch(torchrun) == {}


@pytest.mark.parametrize("devices", ["", "0,0", "a", "0,"])
def test_devices_are_different_numbers(devices: str, tmp_path: Path) -> None:
    """Anything else is one sentence."""
    with pytest.raises(ConfigError, match="--devices must be different numbers"):
        launch_command("paddle", devices=devices, on_cpu=True, script=WORKER, arguments=[], logs=tmp_path)


def test_gpus_are_named_to_each_launcher(tmp_path: Path) -> None:
    """Paddle takes them as an option, torchrun through the environment."""
    options: dict[str, Any] = {
        "devices": "2,3",
        "on_cpu": False,
        "script": WORKER,
        "arguments": ["a"],
        "logs": tmp_path,
    }
    paddle = launch_command("paddle", **options)
    assert paddle.command[paddle.command.index("--devices") + 1] == "2,3"
    torch = launch_command("torch", **options)
    assert torch.environment["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert torch.command[-2:] == [str(WORKER), "a"]


def test_hard_examples_are_mined_over_the_whole_batch(home: Path) -> None:
    """Two processes with rows of one batch keep what one process would keep."""
    losses = np.array([0.1, 2.0, 0.3, 0.4, 3.0, 0.2, 1.0], np.float32)
    weights_ = np.array([1, 1, 1, 1, 1, 0, 2], np.float32)
    parts = (slice(0, 4), slice(4, 7))
    kept: dict[int, Any] = {}
    meet = threading.Barrier(2, timeout=30)
    given: dict[int, Any] = {}

    def work(rank: int) -> None:
        made = build("small_nets:paddle_net", home, loss={"ohem": 0.5})
        made._stage = dataclasses.replace(made._stage, rank=rank, world_size=2)

        def over_ranks(array: Any, /) -> Any:
            given[rank] = array
            meet.wait()
            total = given[0] + given[1]
            meet.wait()
            return total

        made.kit.sum_over_ranks = over_ranks  # type: ignore[method-assign]
        kept[rank] = made._mined(losses[parts[rank]], weights_[parts[rank]])

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.concatenate([kept[0], kept[1]]).tolist() == [0, 1, 0, 0, 1, 0, 2]


def test_shared_memory_that_nccl_needs_is_looked_at_first() -> None:
    """Several processes on GPUs with the 64 MB of a container: said with the switch; else silence."""
    small = SharedMemory(path="/dev/shm", present=True, size=64 << 20, free=64 << 20, writable=True)
    said = nccl_memory(world_size=2, device="gpu", seen=small)
    assert said is not None
    assert "--shm-size=1g" in said
    assert "it has 64 MiB" in said
    assert nccl_memory(world_size=2, device="cpu", seen=small) is None
    assert nccl_memory(world_size=1, device="gpu", seen=small) is None
