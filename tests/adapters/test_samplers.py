"""Plans under other data loaders, in one process and in several."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.adapters import list_index, paddle_batch_sampler, torch_batch_sampler
from datatool.balance import make_plan
from datatool.errors import ConfigError
from datatool.rows import open_rows, resolve
from datatool.samplers import BalancedSampler
from tests.helpers.memory_plans import memory_plan

MAKE = {"paddle": paddle_batch_sampler, "torch": torch_batch_sampler}
PLAN = memory_plan([24, 9, 4, 20], rows=[30, 3, 4, 8])


@pytest.fixture(params=["paddle", "torch"])
def framework(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param)
    return str(request.param)


def make(framework: str, **arguments: Any) -> Any:
    return MAKE[framework](PLAN, **arguments)


def test_adapters_are_what_the_framework_asks_for(framework: str) -> None:
    import importlib

    sampler = make(framework, batch_size=8)
    base = {"paddle": ("paddle.io", "BatchSampler"), "torch": ("torch.utils.data", "Sampler")}[framework]

    assert isinstance(sampler, getattr(importlib.import_module(base[0]), base[1]))


def test_passes_are_epochs(framework: str) -> None:
    sampler = make(framework, batch_size=8, seed=3)
    expected = BalancedSampler(PLAN, batch_size=8, seed=3)
    for epoch in range(3):
        assert list(sampler) == [expected.batch(epoch, step).tolist() for step in range(len(expected))]
    sampler.set_epoch(1)
    assert next(iter(sampler)) == expected.batch(1, 0).tolist()
    assert len(sampler) == 8


@pytest.mark.parametrize("num_workers", [0, 2])
def test_loaders_of_the_framework_follow_the_plan(framework: str, num_workers: int) -> None:
    sampler = make(framework, batch_size=8)
    if framework == "paddle":
        from paddle.io import DataLoader, Dataset
    else:
        from torch.utils.data import DataLoader, Dataset

    class Rows(Dataset):
        def __getitem__(self, row: int) -> Any:
            return np.array([row], np.int64)

        def __len__(self) -> int:
            return PLAN.num_rows

    options = {"use_shared_memory": False} if framework == "paddle" else {}
    loader = DataLoader(Rows(), batch_sampler=sampler, num_workers=num_workers, **options)
    found = [np.asarray(batch[0] if isinstance(batch, list) else batch).reshape(-1).tolist() for batch in loader]
    expected = BalancedSampler(PLAN, batch_size=8)

    assert found == [expected.batch(0, step).tolist() for step in range(len(expected))]


def test_a_pass_goes_on_after_loading(framework: str) -> None:
    first = make(framework, batch_size=8)
    list(first)
    batches = iter(first)
    next(batches), next(batches)
    second = make(framework, batch_size=8)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))

    assert list(second) == list(batches)
    assert second.epoch == 2


def test_a_state_of_a_whole_pass_goes_on_with_the_next_epoch(framework: str) -> None:
    first, second = make(framework, batch_size=8), make(framework, batch_size=8)
    list(first)
    second.load_state_dict(first.state_dict())

    assert list(second) == list(first)
    assert second.epoch == 2


def test_an_epoch_chosen_during_a_pass_is_the_next_one(framework: str) -> None:
    sampler = make(framework, batch_size=8)
    batches = iter(sampler)
    next(batches)
    sampler.set_epoch(5)
    list(batches)

    assert next(iter(sampler)) == BalancedSampler(PLAN, batch_size=8).batch(5, 0).tolist()


def test_passes_at_the_same_time_are_both_whole(framework: str) -> None:
    sampler = make(framework, batch_size=8)
    outer = [len(list(sampler)) for _ in sampler]

    assert outer == [8] * 8


def test_rows_turn_into_the_data_sets_own_indices(framework: str) -> None:
    index = np.arange(45)[::-1] * 10
    plain, mapped = make(framework, batch_size=8), make(framework, batch_size=8, index=index)

    assert next(iter(mapped)) == index[next(iter(plain))].tolist()


def test_a_rank_without_rows_in_the_last_batch_is_refused(framework: str) -> None:
    with pytest.raises(ConfigError, match="a row for each of the 4 ranks; it has 1"):
        make(framework, batch_size=14, world_size=4)

    assert len(make(framework, batch_size=14, world_size=4, drop_last=True)) == 1


def test_list_index_leads_from_the_plan_to_the_list(tmp_path: Path) -> None:
    """Rows stand by class in a plan; a blank line is no row."""
    (tmp_path / "a.txt").write_text("c.jpg 2\nb.jpg 1\n\nd.jpg 3\na.jpg 0\n")
    assert list_index(made_plan(tmp_path, "a.txt")).tolist() == [3, 1, 0, 2]


def test_list_index_of_several_lists_is_refused(tmp_path: Path) -> None:
    for label, name in enumerate("ab"):
        (tmp_path / f"{name}.txt").write_text(f"{name}.jpg {label}\n")
    parts = "schema: datatool.dataset/1\ntrain: [{list: a.txt}, {list: b.txt}]\n"
    (tmp_path / "both.yaml").write_text(parts)

    with pytest.raises(ConfigError, match="a plan of one list; got one of 2"):
        list_index(made_plan(tmp_path, "both.yaml"))


def made_plan(folder: Path, dataset: str) -> Path:
    with open_rows(resolve(str(folder / dataset))) as rows:
        make_plan(rows, strategy="natural", out=folder / "made.plan")
    return folder / "made.plan"


SCRIPT = """
import sys
from datatool.adapters import paddle_batch_sampler, torch_batch_sampler
from tests.helpers.memory_plans import memory_plan
if sys.argv[1] == "paddle":
    import paddle.distributed as distributed
    sampler = paddle_batch_sampler
else:
    import torch.distributed as distributed
    distributed.init_process_group("gloo")
    sampler = torch_batch_sampler
rank, world_size = distributed.get_rank(), distributed.get_world_size()
plan = memory_plan([24, 9, 4, 20], rows=[30, 3, 4, 8])
made = sampler(plan, batch_size=4, rank=rank, world_size=world_size, drop_last=True)
print(rank, world_size, [list(made) for epoch in range(2)], file=open(f"{sys.argv[2]}/{rank}", "w"))
"""
LAUNCH = {
    "paddle": ["paddle.distributed.launch", "--nproc_per_node", "2"],
    "torch": ["torch.distributed.run", "--nproc-per-node", "2", "--standalone"],
}


@pytest.mark.slow
def test_processes_of_a_launcher_share_each_batch(framework: str, tmp_path: Path, repository: Path) -> None:
    """Two processes, disjoint and together the batches of one."""
    script = tmp_path / "script.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(repository)!r})\n{SCRIPT}")
    log = ["--log_dir", str(tmp_path / "log")] if framework == "paddle" else []
    command = [sys.executable, "-m", *LAUNCH[framework], *log, str(script), framework, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr

    alone = BalancedSampler(PLAN, batch_size=8, drop_last=True)
    expected = [[alone.batch(epoch, step).tolist() for step in range(len(alone))] for epoch in range(2)]
    parts = [json.loads((tmp_path / str(rank)).read_text().removeprefix(f"{rank} 2 ")) for rank in range(2)]
    assert [[a + b for a, b in zip(*epochs, strict=True)] for epochs in zip(*parts, strict=True)] == expected
