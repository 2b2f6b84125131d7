"""The sampler over plan folders as `datatool balance` writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datatool.errors import PlanError
from datatool.samplers import BalancedSampler
from datatool.schemas import Plan
from tests.helpers.program import Cli

ROWS = (60, 41, 27, 8, 3, 1)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("list")
    lines = [
        f"{'synth' if number % 3 == 2 else 'real'}/{label}_{number}.jpg {label}"
        for label, count in enumerate(ROWS)
        for number in range(count)
    ]
    (folder / "labels.txt").write_text("\n".join(lines) + "\n")
    return folder / "labels.txt"


@pytest.mark.parametrize(
    "options",
    [
        ["natural"],
        ["oversample", "--max-repeat", "10"],
        ["undersample"],
        ["sqrt", "--synthetic-share", "0.2"],
        ["repeat-factor:0.1"],
        ["effective:0.99"],
        ["progressive:4"],
        ["oversample", "--per-batch", "3:4"],
        ["progressive:3", "--per-batch", "2:2"],
    ],
    ids=" ".join,
)
def test_epochs_of_a_written_plan_meet_its_quotas_and_cover_its_rows(
    options: list[str], listed: Path, tmp_path: Path, cli: Cli
) -> None:
    made = cli("balance", str(listed), "--synthetic", "synth/*", "--strategy", *options, "--out", str(tmp_path / "p"))
    assert made.code == 0, made.err
    plan = Plan.open(tmp_path / "p")
    batch = plan.per_batch[0] * plan.per_batch[1] if plan.per_batch else 16
    sampler = BalancedSampler(str(tmp_path / "p"), batch_size=batch, seed=1)
    used = np.zeros(plan.num_rows, np.int64)
    start = plan.cells.start[:-1]
    for epoch in range(5):
        parts = [sampler.draws(epoch, step) for step in range(len(sampler))]
        cells = np.concatenate([part.cells for part in parts])
        assert np.bincount(cells, minlength=len(start)).tolist() == plan.quotas(epoch).tolist()
        for part in parts:
            assert plan.rows(part.rows).label.tolist() == plan.cells.label[part.cells].tolist()
            np.add.at(used, part.rows, 1)
            assert (np.maximum.reduceat(used, start) - np.minimum.reduceat(used, start)).max() <= 1


def test_a_path_without_a_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="a plan must be a folder"):
        BalancedSampler(tmp_path / "nothing", batch_size=4)
