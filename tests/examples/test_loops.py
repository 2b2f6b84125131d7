"""The examples run as they are called in the docs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.helpers.program import Cli

pytestmark = pytest.mark.slow
SMALL = ("--batch-size", "4", "--image-size", "64")


def test_the_paddle_loop_trains_and_resumes(plan: Path, repository: Path, process: Cli) -> None:
    pytest.importorskip("paddle")
    loop = repository / "examples" / "paddle_loop.py"
    first = process(loop, plan, *SMALL, "--epochs", "1")
    assert first.code == 0, first.err
    assert re.search(r"epoch 0: loss \d+\.\d+", first.out)
    state = json.loads(plan.with_suffix(".state.json").read_text())
    assert (state["epoch"], state["step"]) == (0, 4)
    again = process(loop, plan, *SMALL, "--epochs", "2")
    assert again.code == 0, again.err
    assert re.search(r"epoch 1: loss \d+\.\d+", again.out)


def test_the_torch_loop_has_the_same_loss_on_one_and_two_ranks(plan: Path, repository: Path, process: Cli) -> None:
    pytest.importorskip("torch")
    loop = repository / "examples" / "torch_loop.py"
    environ = os.environ | {"OMP_NUM_THREADS": "1"}
    alone = process(loop, plan, "--batch-size", "8", "--image-size", "64", env=environ)
    assert alone.code == 0, alone.err
    launch = ("-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone")
    together = process(*launch, loop, plan, *SMALL, env=environ)
    assert together.code == 0, together.err
    losses = [
        [float(loss) for loss in re.findall(r"epoch \d+: loss (\d+\.\d+)", done.out)] for done in (alone, together)
    ]
    assert len(losses[0]) == 2
    assert losses[0] == pytest.approx(losses[1], abs=0.002)


@pytest.mark.parametrize("workers", [(), ("--processes",)])
def test_the_albumentations_loop_sees_every_draw(
    plan: Path, repository: Path, process: Cli, workers: tuple[str, ...]
) -> None:
    pytest.importorskip("albumentations")
    done = process(repository / "examples" / "albumentations_loop.py", plan, *SMALL, *workers)
    assert done.code == 0, done.err
    assert re.match(r"16 pictures at \d+ images/s", done.out)


def test_the_lightning_loop_goes_on_in_the_middle_of_an_epoch(plan: Path, repository: Path, process: Cli) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("lightning", reason="Lightning is not in the test group")
    loop = repository / "examples" / "lightning_loop.py"
    first = process(loop, plan, *SMALL, "--max-steps", "3")
    assert first.code == 0, first.err
    assert re.search(r"step 3: loss \d+\.\d+", first.out)
    again = process(loop, plan, *SMALL, "--epochs", "2")
    assert again.code == 0, again.err
    assert re.search(r"step 8: loss \d+\.\d+", again.out)


def test_the_hugging_face_loop_goes_on_in_the_middle_of_an_epoch(plan: Path, repository: Path, process: Cli) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers", reason="transformers is not in the test group")
    pytest.importorskip("accelerate", reason="accelerate is not in the test group")
    loop = repository / "examples" / "hugging_face_loop.py"
    first = process(loop, plan, *SMALL, "--max-steps", "3")
    assert first.code == 0, first.err
    assert re.search(r"step 3: loss \d+\.\d+", first.out)
    again = process(loop, plan, *SMALL, "--epochs", "2")
    assert again.code == 0, again.err
    assert re.search(r"step 8: loss \d+\.\d+", again.out)


def test_the_paddle_model_goes_on_with_the_next_epoch(plan: Path, repository: Path, process: Cli) -> None:
    pytest.importorskip("paddle")
    loop = repository / "examples" / "paddle_model.py"
    for epochs, done in (("1", "1 epochs"), ("2", "1 epochs"), ("2", "0 epochs")):
        result = process(loop, plan, *SMALL, "--epochs", epochs)
        assert result.code == 0, result.err
        assert f"{done}, of 4 steps each\n" == result.out
