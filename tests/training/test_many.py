"""Several processes equal one with the same total batch, under every launcher."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.trainers._global_batch import GlobalBatch
from tests.helpers.nets import build
from tests.helpers.processes import FROZEN, commands, start
from tests.helpers.runs import Run, figures, weights


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trainer", "launcher", "cached"),
    [
        ("paddle", "devices", True),
        ("paddle", "torchrun", False),
        ("torch", "devices", True),
        ("torch", "paddle", False),
    ],
)
def test_two_processes_equal_one(
    run: Run, write_recipe: Callable[..., Path], home: Path, trainer: str, launcher: str, cached: bool
) -> None:
    """Weights, log and results within float error, features cached or not.

    Pictures under `devices`: tests/training/test_accumulate.py and tests/runs/test_same_data.py.
    """
    shared: dict[str, Any] = {
        **FROZEN,
        "model": {**FROZEN["model"], "backbone": f"small_nets:{trainer}_net"},
        "run": {**FROZEN["run"], "trainer": trainer, "feature_cache": "on" if cached else "off"},
    }
    augment = {"augment": "eval"} if cached else {}
    recipe = write_recipe("two", **shared, data={"batch_size": 4, **augment})
    start(commands(trainer, recipe, home / "logs")[launcher], home)
    one = run("one", **shared, data={"batch_size": 8, **augment})
    two = home / "runs" / "two"
    for name, expected in weights(one).items():
        np.testing.assert_allclose(weights(two)[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
    for first, second in zip(figures(one), figures(two), strict=True):
        assert first["loss"] == pytest.approx(second["loss"], rel=1e-4)
        assert first["step"] == second["step"]
        assert first["eval"]["top1"] == pytest.approx(second["eval"]["top1"])


def test_hard_examples_are_mined_over_the_whole_batch(home: Path) -> None:
    """Two processes with rows of one batch keep what one process would keep."""
    losses = np.array([0.1, 2.0, 0.3, 0.4, 3.0, 0.2, 1.0], np.float32)
    weights_ = np.array([1, 1, 1, 1, 1, 0, 2], np.float32)
    parts = (slice(0, 4), slice(4, 7))
    kept: dict[int, Any] = {}
    meet = threading.Barrier(2, timeout=300)
    given: dict[int, Any] = {}
    trainers = [build("small_nets:paddle_net", home, loss={"ohem": 0.5}) for _ in range(2)]

    def work(rank: int) -> None:
        made = trainers[rank]
        made._stage = dataclasses.replace(made._stage, rank=rank, world_size=2)

        def over_ranks(array: Any, /) -> Any:
            given[rank] = array
            meet.wait()
            total = given[0] + given[1]
            meet.wait()
            return total

        made.kit.sum_over_ranks = over_ranks  # type: ignore[method-assign]
        whole = GlobalBatch(made.kit, made._stage)
        kept[rank] = whole.mined(made._loss, losses[parts[rank]], weights_[parts[rank]])

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.concatenate([kept[0], kept[1]]).tolist() == [0, 1, 0, 0, 1, 0, 2]
