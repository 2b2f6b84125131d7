"""Programs that tests run within limits of time and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.program import REPOSITORY

_WALL_SECONDS = 180  # a busy machine may starve a test; what a file costs is CPU


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a program ended, and what it took."""

    code: int
    out: str
    err: str
    cpu_seconds: float
    peak_mib: float


def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a program whose output goes through files of ``folder``, so that none of it is waited for."""
    outputs = [folder / "stdout", folder / "stderr"]
    with outputs[0].open("wb") as out, outputs[1].open("wb") as err:
        process = subprocess.Popen(
            arguments,
            stdout=out,
            stderr=err,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})},
            start_new_session=True,
        )
        end = time.monotonic() + _WALL_SECONDS
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        while not done:
            if time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.05)
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        code=process.returncode,
        out=outputs[0].read_text(errors="replace"),
        err=outputs[1].read_text(errors="replace"),
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mib=usage.ru_maxrss / 1024,
    )
