"""Weight files read in a process of their own that may grow by 2 GiB: `python -m` this with their paths."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GROWTH = 2 << 30
ROOT = Path(__file__).resolve().parents[2]


def read_limited(paths: Sequence[Path], /) -> dict[str, dict[str, Any]]:
    """File name -> `error` (class and sentence, None where it was read) and `seconds`."""
    command = [sys.executable, "-W", "error", "-m", "tests.helpers.limited_reading", *map(str, paths)]
    done = run_limited(command, timeout=60 + 20 * len(paths))
    found = dict(json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0, (done.returncode, list(found), done.stderr[-2000:])
    return found


def run_limited(command: Sequence[str], /, *, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run a command of this repository."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)


def limit_memory() -> None:
    """Let the address space of this process grow by `GROWTH` and no more."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + GROWTH
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def peak_memory() -> int:
    """Bytes that this process has had in memory at most; what `getrusage` says is inherited from its parent."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) << 10


def _main() -> None:
    from datatool.models import read_weights

    limit_memory()
    for name in sys.argv[1:]:
        begun, error = time.process_time(), None
        try:
            read_weights(Path(name))
        except Exception as raised:  # noqa: BLE001 - the caller looks at what it is
            error = f"{type(raised).__name__}: {raised}"
        seconds = time.process_time() - begun
        sys.stdout.write(json.dumps([Path(name).name, {"error": error, "seconds": seconds}]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
