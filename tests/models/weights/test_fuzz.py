"""Damaged weight files of every format end in their arrays or in `CheckpointError`, in bounded memory and time."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.helpers.limited_reading import run_limited

COUNT = int(os.environ.get("DATATOOL_FUZZ", "600"))  # inputs; 200,000 take about half an hour


def write_seeds(folder: Path) -> None:
    """A few small files of each format that trainers write."""
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "conv.weight": generator.normal(size=(4, 3, 2, 2)).astype(np.float32),
        "bn._mean": generator.normal(size=4).astype(np.float32),
        "fc.weight": generator.normal(size=(4, 3)).astype(np.float16),
        "count": np.array(7),
    }
    named = {"StructuredToParameterName@@": {name: f"p_{name}" for name in arrays}, "half": np.zeros(300, np.uint16)}
    for protocol in (2, 4, 5):
        (folder / f"p{protocol}.pdparams").write_bytes(pickle.dumps({**arrays, **named}, protocol))
    counted = {name: (f"t_{name}", np.asfortranarray(array)) for name, array in arrays.items()}
    (folder / "counted.pdparams").write_bytes(pickle.dumps({**counted, "single": np.float32(2.5)}, 4))
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    tensors["turned"] = tensors["fc.weight"].T
    tensors["half"] = tensors["fc.weight"].bfloat16()
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    torch.save(tensors, folder / "plain.pth")
    torch.save({"state_dict": net.state_dict(), "state_dict_ema": net.state_dict(), "epoch": 3}, folder / "both.pth")
    torch.save(net.state_dict(), folder / "legacy.pth", _use_new_zipfile_serialization=False)
    save_file(arrays, folder / "plain.safetensors", {"format": "pt"})
    from safetensors.torch import save_file as save_torch

    save_torch(
        {"half": tensors["half"].contiguous(), "byte": torch.ones(3, dtype=torch.uint8)}, folder / "half.safetensors"
    )


@pytest.mark.slow
def test_damaged_weight_files_end_in_one_error_within_memory_and_time(tmp_path: Path) -> None:
    """As many as DATATOOL_FUZZ says: nothing else is raised, no process dies, memory and time stay small."""
    write_seeds(tmp_path)
    seed = os.environ.get("DATATOOL_FUZZ_SEED", "0")
    command = [sys.executable, "-W", "error", "-m", "tests.helpers.weight_fuzz", str(COUNT), seed, str(tmp_path)]
    done = run_limited(command, timeout=120 + COUNT / 10)
    assert done.returncode == 0, (done.returncode, done.stderr[-3000:])
    found = json.loads(done.stdout)
    sys.stdout.write(done.stdout)
    assert sum(found["outcomes"].values()) == COUNT
    assert found["outcomes"]["read"] > 0
    assert found["slowest_s"] < 20
    assert found["peak_MiB"] < 1_000
