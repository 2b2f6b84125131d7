"""Commands that start one process per device."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datatool.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What to run.

    Attributes:
        command: Program and arguments.
        environment: Variables to add.
    """

    command: list[str]
    environment: dict[str, str]


def launch_command(
    trainer: str, /, *, devices: str, on_cpu: bool, script: Path, arguments: Sequence[str], logs: Path
) -> Launch:
    """Paddle's launcher or torchrun over ``script``.

    Args:
        trainer: `run.trainer`.
        devices: `0,1,2`; on a CPU only their number counts.
        on_cpu: Whether `global.device` is the CPU.
        script: A Python file; Paddle's launcher takes no `-m`.
        arguments: Of the script.
        logs: Folder for what each process says.

    Raises:
        ConfigError: If ``devices`` is not a list of different numbers, or the trainer has no launcher.
    """
    numbers = devices.split(",")
    if not all(number.isdecimal() for number in numbers) or len(set(numbers)) != len(numbers):
        raise ConfigError(f"--devices must be different numbers, such as 0,1; got '{devices}'")
    program = [sys.executable, "-u", "-m"]
    environment = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    if trainer == "paddle":
        place = ["--nproc_per_node", str(len(numbers))] if on_cpu else ["--devices", devices]
        command = [*program, "paddle.distributed.launch", "--log_dir", str(logs), *place, str(script)]
        if on_cpu:
            environment["PADDLE_DISTRI_BACKEND"] = "gloo"
    elif trainer == "torch":
        count = ["--nproc_per_node", str(len(numbers))]
        command = [*program, "torch.distributed.run", "--standalone", *count, str(script)]
        if not on_cpu:
            environment["CUDA_VISIBLE_DEVICES"] = devices
    else:
        raise ConfigError(
            f"--devices must go with the trainers paddle or torch; got '{trainer}'",
            hint="start several processes with its own launcher",
        )
    return Launch(command=[*command, *arguments], environment=environment)
