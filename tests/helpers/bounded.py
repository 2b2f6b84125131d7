"""Programs that tests run within limits of time and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.program import REPOSITORY

_WALL_SECONDS = 180  # a busy machine may starve a test; what a file costs is CPU

# A process begins with the peak memory of the one that started it, so a small one has to stand between it and the
# tests, whose own peak is larger than the limits.
_MEASURE = """
import json, os, sys
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024], file)
"""


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
    measured = folder / "measured.json"
    measured.unlink(missing_ok=True)
    with outputs[0].open("wb") as out, outputs[1].open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _MEASURE, str(measured), *arguments],
            stdout=out,
            stderr=err,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})},
            start_new_session=True,
        )
        end = time.monotonic() + _WALL_SECONDS
        while process.poll() is None:
            if time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.05)
    assert measured.exists(), f"{arguments} did not end within {_WALL_SECONDS} s"
    code, cpu_seconds, peak_mib = json.loads(measured.read_text())
    return Run(
        code=code,
        out=outputs[0].read_text(errors="replace"),
        err=outputs[1].read_text(errors="replace"),
        cpu_seconds=cpu_seconds,
        peak_mib=peak_mib,
    )
