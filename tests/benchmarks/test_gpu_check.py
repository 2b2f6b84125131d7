"""The script that proves the GPU path, run dry: with DALI on the CPU, so that it does not rot where no GPU is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY


@pytest.mark.slow
def test_every_check_runs_on_the_cpu(tmp_path: Path) -> None:
    pytest.importorskip("nvidia.dali")
    pytest.importorskip("torch")
    out = tmp_path / "gpu_check.json"
    script = REPOSITORY / "benchmarks" / "gpu_check.py"
    done = subprocess.run(
        [sys.executable, str(script), "--dry", "--out", str(out)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {check["name"]: check["outcome"] for check in json.loads(out.read_text())["checks"]}
    may_be_missing = {"tests/gpu", "streams", "4 MB of /dev/shm", "Paddle"}
    assert {name for name, outcome in found.items() if outcome != "passed"} <= may_be_missing
    assert {"pixels", "quotas", "resume", "DALI rebuilt", "speed", "training step"} <= set(found)
