"""Gradient accumulation: one step is the whole accumulated batch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from tests.helpers.nets import batch_of, build
from tests.helpers.processes import FROZEN, commands, start
from tests.helpers.runs import Run, cut, figures, same, weights

BOTH = pytest.mark.parametrize("trainer", ["paddle", "torch"])


def _sections(trainer: str, *, batch_size: int, accumulate: int, **data: Any) -> dict[str, Any]:
    return {
        **FROZEN,
        "model": {**FROZEN["model"], "backbone": f"small_nets:{trainer}_net"},
        "run": {**FROZEN["run"], "trainer": trainer, "feature_cache": "off"},
        "data": {"batch_size": batch_size, **data},
        "optimizer": {"lr": 0.05, "accumulate": accumulate},
    }


@BOTH
def test_accumulated_steps_divide_by_the_weights_of_the_whole_batch(home: Path, trainer: str) -> None:
    """Weights that differ between the parts, one part without any, and a batch that is no multiple of the part."""
    row_weights = np.array([3, 1, 0.5, 0, 0, 0, 2, 0.25], np.float32)
    moved = []
    for size, accumulate in ((8, 1), (3, 3), (1, 8), (5, 2)):
        made = build(
            f"small_nets:{trainer}_net",
            home,
            trainer=trainer,
            model={"freeze": "backbone"},
            data={"batch_size": size},
            optimizer={"accumulate": accumulate},
        )
        losses = made.step(batch_of(made, np.random.default_rng(0), weights=row_weights), lr=1.0, seed=0)
        assert losses.shape == (8,)
        moved.append(made.state().model["fc.weight"])
    for other in moved[1:]:
        np.testing.assert_allclose(other, moved[0], rtol=1e-5, atol=1e-6)


@BOTH
def test_a_mixed_and_taught_batch_is_cut_with_everything_it_has(home: Path, trainer: str) -> None:
    """Partner labels, shares and a teacher's shares go with their rows."""
    found = []
    for size, accumulate in ((8, 1), (2, 4)):
        sections: dict[str, Any] = {"data": {"batch_size": size}, "optimizer": {"accumulate": accumulate}}
        made = build(f"small_nets:{trainer}_net", home, trainer=trainer, model={"freeze": "backbone"}, **sections)
        generator = np.random.default_rng(0)
        batch = batch_of(made, generator)
        batch = replace(
            batch,
            partner_labels=made.kit.tensor(np.arange(8)[::-1].copy() % 4),
            shares=made.kit.tensor(generator.random(8).astype(np.float32)),
            taught=generator.dirichlet(np.ones(4), 8).astype(np.float32),
        )
        made.step(batch, lr=1.0, seed=0)
        found.append(made.state().model["fc.weight"])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5, atol=1e-6)


@BOTH
def test_accumulated_and_whole_batches_end_with_the_same_weights(
    run: Run, trainer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Batch norm frozen, an epoch of 36 rows in steps of 16 whose last has 4: the same steps, losses and weights."""
    caplog.set_level(logging.INFO)
    whole = run("whole", **_sections(trainer, batch_size=16, accumulate=1))
    parts = run("parts", **_sections(trainer, batch_size=4, accumulate=4))
    assert "total batch 16 (4 x 4 accumulated x 1 processes), 3 steps per epoch" in caplog.text
    for name, expected in weights(whole).items():
        np.testing.assert_allclose(weights(parts)[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
    for one, two in zip(figures(whole), figures(parts), strict=True):
        assert one["step"] == two["step"]
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-5)


def test_features_are_accumulated_like_images(run: Run) -> None:
    """Cached features of a frozen prefix take the same steps."""
    found = []
    for name, size, accumulate in (("one", 12, 1), ("three", 4, 3)):
        sections = _sections("paddle", batch_size=size, accumulate=accumulate, augment="eval")
        sections["run"] = {**sections["run"], "feature_cache": "on"}
        found.append(weights(run(name, **sections)))
    for name, expected in found[0].items():
        np.testing.assert_allclose(found[1][name], expected, rtol=1e-4, atol=1e-6, err_msg=name)


@BOTH
def test_a_run_cut_at_a_checkpoint_goes_on_exactly(run: Run, trainer: str) -> None:
    """Checkpoints count steps, which are whole batches: with batch norm that trains, dropout and an average."""
    sections: dict[str, Any] = {
        "model": {"backbone": f"small_nets:{trainer}_net"},
        "data": {"batch_size": 4},
        "optimizer": {"accumulate": 3, "ema": 0.6, "lr": 0.05},
        "run": {"epochs": 3, "checkpoint_every": 2, "keep": 100, "trainer": trainer},
    }
    whole = run("whole", **sections)
    steps = sorted(int(path.name[5:]) for path in (whole / "checkpoints").iterdir())
    for kept in (0, len(steps) // 2, len(steps) - 1):
        copy = cut(whole, f"cut{kept}", step=steps[kept])
        run(copy.name, resume=True, **sections)
        assert same(copy, whole)
        assert figures(copy) == figures(whole)
        assert (copy / "eval.json").read_text() == (whole / "eval.json").read_text()


def test_parts_may_be_cut_otherwise_on_resume(run: Run) -> None:
    """As long as the total batch stays; another total is refused by name."""
    sections = _sections("paddle", batch_size=4, accumulate=2)
    whole = run("whole", **sections)
    steps = sorted(int(path.name[5:]) for path in (whole / "checkpoints").iterdir())
    copy = cut(whole, "cut", step=steps[0])
    run("cut", resume=True, **_sections("paddle", batch_size=8, accumulate=1))
    for name, expected in weights(whole).items():
        np.testing.assert_allclose(weights(copy)[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
    cut(whole, "again", step=steps[0])
    with pytest.raises(ConfigError, match=r"'optimizer\.accumulate' was 2 and is 4"):
        run("again", resume=True, **_sections("paddle", batch_size=4, accumulate=4))


def test_hard_examples_cannot_be_chosen_part_by_part(run: Run) -> None:
    """Refused before the first step."""
    with pytest.raises(ConfigError, match=r"loss\.ohem must choose among all rows"):
        run(loss={"ohem": 0.5}, optimizer={"accumulate": 2})


@pytest.mark.slow
@BOTH
def test_two_processes_that_accumulate_equal_one_that_does_not(
    run: Run, write_recipe: Callable[..., Path], home: Path, trainer: str
) -> None:
    """The last batch of 4 rows gives each process less than a part."""
    recipe = write_recipe("two", **_sections(trainer, batch_size=4, accumulate=2))
    start(commands(trainer, recipe, home / "logs")["devices"], home)
    one = run("one", **_sections(trainer, batch_size=16, accumulate=1))
    for name, expected in weights(one).items():
        np.testing.assert_allclose(weights(home / "runs" / "two")[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
