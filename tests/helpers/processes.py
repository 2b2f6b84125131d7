"""Training in several processes, under each launcher."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import datatool.cli

WORKER = Path(datatool.cli.__file__).with_name("_worker.py")
# Frozen batch norm, no dropout in what trains.
FROZEN: dict[str, Any] = {
    "model": {"freeze": "until:drop"},
    "run": {"epochs": 2, "feature_cache": "off"},
}


def start(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PADDLE_DISTRI_BACKEND": "gloo"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def commands(trainer: str, recipe: Path, logs: Path) -> dict[str, list[str]]:
    arguments = ["train", str(recipe)]
    python = [sys.executable, "-m"]
    return {
        "devices": [*python, "datatool", *arguments, "--devices", "0,1"],
        "paddle": [
            *python,
            "paddle.distributed.launch",
            *("--nproc_per_node", "2", "--log_dir", str(logs)),
            str(WORKER),
            *arguments,
        ],
        "torchrun": [
            *python,
            "torch.distributed.run",
            "--standalone",
            "--nproc_per_node",
            "2",
            str(WORKER),
            *arguments,
        ],
    }
