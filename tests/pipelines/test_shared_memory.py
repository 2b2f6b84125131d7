"""Every engine runs with `/dev/shm` at 64 MB, at 4 MB, read-only and absent, and leaves it empty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.mounts import namespace
from tests.helpers.pictures import jpeg, write

BARE_DEV = """
fresh=$FRESH_DEV; mkdir $fresh
for node in null zero full random urandom; do touch $fresh/$node; mount --bind /dev/$node $fresh/$node; done
mount --rbind $fresh /dev
"""
MOUNTS = {
    "64m": "mount -t tmpfs -o size=64m tmpfs /dev/shm",
    "4m": "mount -t tmpfs -o size=4m tmpfs /dev/shm",
    "read-only": "mount -t tmpfs -o size=64m,ro tmpfs /dev/shm",
    "absent": BARE_DEV,
}

# Batches of 9.6 MB: one of them would not fit into 4 MB, a queue of them not into 64 MB.
SCRIPT = """
import dataclasses, importlib.util, json, os, sys
from pathlib import Path
import numpy as np
from datatool.pipelines import EngineSpec
from datatool.pipelines import open_engine
from datatool.pipelines import parse_augment
from datatool.machine import shared_memory
from tests.helpers.mounts import namespace
from tests.helpers.pictures import requests
from tests.helpers.transforms import NegateAndMark

spec = EngineSpec(image_size=224, batch_size=64, augment=parse_augment("crop-flip"), num_threads=2)
engines = {
    "threads": ("threads", spec),
    "processes": ("threads", dataclasses.replace(spec, workers="processes", transform=NegateAndMark())),
}
if importlib.util.find_spec("nvidia") and importlib.util.find_spec("nvidia.dali"):
    engines["dali"] = ("dali", spec)
said = {}
for name, (engine, options) in engines.items():
    opened = open_engine(engine, options)
    lowest, batches = shared_memory().free, []
    for result in opened.batches(requests(sys.argv[1:], batch_size=64, num_batches=4)):
        batches.append(result)
        lowest = min(lowest, shared_memory().free)
    opened.close()
    said[name] = {
        "lengths": [len(result.rows) for result in batches],
        "filled": all(bool(result.filled.all()) for result in batches),
        "mean": float(np.mean([np.asarray(result.images).mean() for result in batches])),
        "used": shared_memory().size - lowest,
    }
print(json.dumps({"shm": dataclasses.asdict(shared_memory()), "engines": said}))
"""


@pytest.mark.parametrize("condition", MOUNTS)
def test_every_engine_runs_and_uses_no_shared_memory(tmp_path: Path, repository: Path, condition: str) -> None:
    command = namespace()
    if command is None:
        pytest.skip("this system allows no mount namespace (unshare -m)")
    paths = write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(16)})
    script = tmp_path / "load.py"
    script.write_text(SCRIPT)
    shell = f'set -e\n{MOUNTS[condition]}\nexec "$@"'
    run = subprocess.run(
        [*command, "sh", "-c", shell, "sh", sys.executable, str(script), *paths],
        env={**os.environ, "PYTHONPATH": str(repository), "FRESH_DEV": str(tmp_path / "dev")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if condition == "absent" and "mount" in run.stderr:
        pytest.skip(f"this system does not let /dev be replaced: {run.stderr.strip()}")
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    sizes = {"64m": 64 << 20, "4m": 4 << 20, "read-only": 64 << 20, "absent": 0}
    assert said["shm"]["size"] == sizes[condition]
    assert (said["shm"]["present"], said["shm"]["writable"]) == {
        "read-only": (True, False),
        "absent": (False, False),
    }.get(condition, (True, True))
    assert {"threads", "processes"} <= set(said["engines"])
    for name, engine in said["engines"].items():
        assert engine["lengths"] == [64, 64, 64, 64], name
        assert engine["filled"], name
        assert 20 < engine["mean"] < 235, name
        assert engine["used"] == 0, name
