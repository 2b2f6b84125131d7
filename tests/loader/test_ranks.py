"""Two processes, started as users start them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.helpers.program import Cli

RANK = Path(__file__).with_name("rank.py")


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["paddle", "torch"])
def test_launched_ranks_are_disjoint_together_complete_and_take_equal_steps(
    launcher: str, plan: Path, tmp_path: Path, process: Cli
) -> None:
    launch = {
        "paddle": ["-m", "paddle.distributed.launch", "--nproc_per_node=2", f"--log_dir={tmp_path}/log"],
        "torch": ["-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone"],
    }[launcher]
    pytest.importorskip(launcher)
    environ = os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    done = process(*launch, RANK, plan, tmp_path, env=environ, cwd=tmp_path)
    assert done.code == 0, done.err + done.out
    ranks = [json.loads((tmp_path / f"{rank}-of-2.json").read_text()) for rank in range(2)]
    for epochs in zip(*ranks, strict=True):
        assert [len(batches) for batches in epochs] == [4, 4]
        positions = [[place for batch in batches for place in batch["positions"]] for batches in epochs]
        assert sorted(positions[0] + positions[1]) == list(range(36))
