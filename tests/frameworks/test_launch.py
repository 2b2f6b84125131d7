"""Several processes: what each launcher is told, and what it tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError
from datatool.frameworks import Ranks, launch_command, ranks_of
from datatool.frameworks._ranks import join_paddle, join_torch
from tests.helpers.processes import WORKER


def test_the_environment_of_any_launcher_is_understood() -> None:
    """Paddle's variables, torchrun's, and none; each framework is told what the other's launcher set."""
    torchrun = {
        "RANK": "1",
        "WORLD_SIZE": "4",
        "LOCAL_RANK": "1",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "5000",
    }
    paddle = {
        "PADDLE_TRAINER_ID": "1",
        "PADDLE_TRAINERS_NUM": "4",
        "PADDLE_RANK_IN_NODE": "1",
        "PADDLE_LOCAL_SIZE": "2",
        "PADDLE_TRAINER_ENDPOINTS": "127.0.0.1:6000,127.0.0.1:6001",
    }
    assert ranks_of({}) == Ranks(rank=0, world_size=1, local_rank=0)
    expected = Ranks(rank=1, world_size=4, local_rank=1, local_world_size=2)
    assert ranks_of(torchrun) == ranks_of(paddle) == expected
    assert ranks_of({"RANK": "1", "WORLD_SIZE": "4"}).local_world_size == 4
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
