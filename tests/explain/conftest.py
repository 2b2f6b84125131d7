"""Logs that really failing makes, once a session; each group of failures is one process."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.mounts import namespace
from tests.helpers.once import made_once

SCRIPTS = Path(__file__).parent / "failing"
_ALONE = {  # what leaves a process in a state that others should not start from
    "paddle_failures": ("killed_worker", "segmentation_fault"),
    "torch_failures": ("torch_killed_worker",),
}
_LITTLE_MEMORY = {"paddle_failures": "small_shared_memory", "torch_failures": "torch_small_shared_memory"}
_SMALL = 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"'


def _start(script: str, folder: Path, *names: str, inside: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    command = [*inside, sys.executable, str(SCRIPTS / f"{script}.py"), str(folder), *names]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())


def _environment() -> dict[str, str]:
    launcher = ("PADDLE_", "RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(launcher)}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the logs that Paddle, PyTorch and readers of lists made."""
    pytest.importorskip("paddle")
    pytest.importorskip("torch")
    return made_once(tmp_path_factory, "made", _fail)


def _fail(folder: Path) -> None:
    jobs = [partial(_start, "list_failures", folder)]
    for script, names in _ALONE.items():
        jobs += [partial(_start, script, folder, name) for name in names]
    command = namespace()
    if command is not None:
        inside = (*command, "sh", "-c", _SMALL, "sh")
        jobs += [partial(_start, script, folder, name, inside=inside) for script, name in _LITTLE_MEMORY.items()]
    jobs += [partial(_start, script, folder) for script in _ALONE]
    ends = [process.wait(timeout=300) for process in [job() for job in jobs]]
    for job, code in zip(jobs, ends, strict=True):
        assert code == 0 or job().wait(timeout=300) == 0  # a crash made on purpose may take its maker along
    _launch(folder)


def _launch(folder: Path) -> None:
    """Two ranks under Paddle's launcher, of which the second fails."""
    command = [sys.executable, "-m", "paddle.distributed.launch", "--nproc_per_node", "2"]
    command += ["--log_dir", str(folder / "ranks"), str(SCRIPTS / "rank.py")]
    with (folder / "launcher.log").open("wb") as log:
        subprocess.run(command, stdout=log, stderr=log, env=_environment(), timeout=300, cwd=folder)
