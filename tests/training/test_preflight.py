"""What is looked at before a run begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError, FindingsError
from datatool.machine import SharedMemory
from datatool.schemas import Plan
from datatool.training._preflight import nccl_memory
from tests.helpers.runs import Run


def test_shared_memory_that_nccl_needs_is_looked_at_first() -> None:
    """Several processes on GPUs with the 64 MB of a container: said with the switch; else silence."""
    small = SharedMemory(path="/dev/shm", present=True, size=64 << 20, free=64 << 20, writable=True)
    said = nccl_memory(world_size=2, device="gpu", seen=small)
    assert said is not None
    assert "--shm-size=1g" in said
    assert "it has 64 MiB" in said
    assert nccl_memory(world_size=2, device="cpu", seen=small) is None
    assert nccl_memory(world_size=1, device="gpu", seen=small) is None


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_batches_of_one_row_are_refused_where_batch_norm_trains(run: Run, trainer: str) -> None:
    """It would train to chance without a word; frozen, its statistics are the file's."""
    options: dict[str, Any] = {
        "run": {"epochs": 1, "trainer": trainer},
        "model": {"backbone": f"small_nets:{trainer}_net"},
    }
    with pytest.raises(ConfigError, match=r"more than one row where batch norm trains; got data\.batch_size 1"):
        run(data={"batch_size": 1}, **options)


def test_a_last_batch_of_one_row_is_said(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """Once, before the first step."""
    plan = Plan.open(run("whole", run={"epochs": 1}).parents[1] / "nat.plan")
    with caplog.at_level("INFO", logger="datatool.training"):
        run("one", run={"epochs": 1}, data={"batch_size": plan.epoch_size - 1})
    assert caplog.text.count("the last batch of an epoch has one row") == 1


def test_rows_that_stop_a_run_are_left_out_by_a_plan(run: Run, home: Path) -> None:
    """`train` takes no `--skip-faulty`: what names it is the command that does."""
    (home / "twice.txt").write_text(
        (home / "train.txt").read_text() + (home / "train.txt").read_text().split()[0] + " 1\n"
    )
    hint = r"datatool balance \S*twice\.txt --strategy sqrt --skip-faulty --out DIR"
    with pytest.raises(FindingsError, match=rf"free of E301.*twice\.txt:37\).*{hint}"):
        run(data={"train": "twice.txt", "strategy": "sqrt"})
    assert not (home / "runs" / "r").exists()
