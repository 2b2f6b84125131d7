"""Whether a stage is trained on cached features is counted, said, noted with the run, and the same when it goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.features._worth import worth_of
from datatool.models import MOST_PASSES
from datatool.schemas import Recipe
from datatool.trainers import ModuleTrainer
from tests.helpers.nets import build
from tests.helpers.runs import Run, cut, figures, same, weights

FROZEN: dict[str, Any] = {"model": {"freeze": "backbone"}, "data": {"augment": "eval"}}
COUNTS = st.integers(1, 5000)


def counted(epochs: int, **counts: int) -> Any:
    usual = {"num_places": 60, "epoch_size": 60, "num_last": 0, "num_val": 0, "world_size": 1, "to_compile": 100}
    return worth_of(Recipe.parse({"run": {"epochs": epochs}}), **{**usual, **counts})


@pytest.mark.parametrize(
    ("epochs", "counts", "passes", "without", "pays"),
    [
        (1, {}, 60 + 8, 60, False),  # each picture once, and what the cut is tried on
        (2, {}, 60 + 8, 120, True),
        (1, {"epoch_size": 200}, 60 + 8, 200, True),  # oversampled
        (1, {"num_last": 28}, 60 + 8, 88, True),  # the last batch is looked at again
        (1, {"num_val": 30}, 90 + 8, 90, False),
        (2, {"num_val": 30}, 90 + 8, 180, True),  # evaluated at the end of each epoch
        (1, {"num_val": 40}, 100, 100, True),  # compiled: cheaper passes
        (2, {"num_places": 180}, 180, 120, False),  # three views, of which two are seen
        (2, {"world_size": 2}, 60 + 8, 60, False),  # two processes share what one would compute alone
    ],
)
def test_passes_are_counted_both_ways(
    epochs: int, counts: dict[str, int], passes: int, without: int, pays: bool
) -> None:
    """Rows, views, draws, evaluations and processes."""
    found = counted(epochs, **counts)
    assert (found.passes, found.passes_without, found.pays) == (passes, without, pays)


def test_features_in_bfloat16_pay_for_their_compilation() -> None:
    """No eager layers give them, so that few pictures cost as many passes more as it takes to win it back."""
    recipe = Recipe.parse({"optimizer": {"amp": True}, "run": {"epochs": 2}})
    found = worth_of(recipe, num_places=60, epoch_size=60, num_last=0, num_val=0, world_size=1, to_compile=100)
    assert (found.passes, found.pays) == (168, False)


@given(epochs=st.integers(1, 20), rows=COUNTS, drawn=COUNTS, val=COUNTS, to_compile=st.integers(0, MOST_PASSES))
def test_a_cache_that_pays_never_takes_more_passes(
    epochs: int, rows: int, drawn: int, val: int, to_compile: int
) -> None:
    """Whatever the counts; and what it takes is never under one pass of each picture."""
    found = counted(epochs, num_places=rows, epoch_size=drawn, num_val=val, to_compile=to_compile)
    assert rows + val <= found.passes
    assert found.pays == (found.passes <= epochs * (drawn + val))
    assert found.compiles == (rows + val >= to_compile)


def test_heavy_layers_are_compiled_for_fewer_pictures(home: Path) -> None:
    """A picture of twice the side has four times the work; tiny nets are compiled as late as any."""
    made = build("paddle.vision:resnet18", home, model={"freeze": "backbone"})
    small, large = made.passes_to_compile(64), made.passes_to_compile(128)
    assert 60 < small < 150
    assert small / large == pytest.approx(4, rel=0.1)
    assert build("small_nets:paddle_net", home, model={"freeze": "backbone"}).passes_to_compile(16) == MOST_PASSES


def test_counting_leaves_the_model_as_it_is(home: Path) -> None:
    """Weights, statistics and hooks."""
    made = build("small_nets:paddle_net", home, model={"freeze": "backbone"})
    before = {name: array.copy() for name, array in made.state().model.items()}
    made.passes_to_compile(16)
    assert all(np.array_equal(before[name], array) for name, array in made.state().model.items())
    assert not any(made.kit.has_hooks(module) for _, module in made.kit.modules(made.model))


@pytest.mark.parametrize(("epochs", "cached"), [(1, False), (2, True)])
def test_auto_says_and_notes_what_it_counted(
    run: Run, caplog: pytest.LogCaptureFixture, epochs: int, cached: bool
) -> None:
    """36 rows and 18 to evaluate on, once: not worth four pictures to try the cut on; twice: worth it."""
    with caplog.at_level("INFO", logger="datatool.training"):
        folder = run(**FROZEN, run={"epochs": epochs})
    said = "no feature cache: it takes 62 passes of the frozen layers and training without it 58"
    assert (said in caplog.text) is not cached
    assert ("training on 36 cached features" in caplog.text) is cached
    assert json.loads((folder / "run.json").read_text())["feature_caches"] == [
        {"stage": 0, "used": cached, "passes": 62, "passes_without": 58 * epochs}
    ]


@pytest.mark.parametrize("asked", ["on", 64])
def test_a_cache_that_is_asked_for_is_used_whatever_it_costs(
    run: Run, caplog: pytest.LogCaptureFixture, asked: str | int
) -> None:
    """By name, or by its budget."""
    with caplog.at_level("INFO", logger="datatool.training"):
        run(**FROZEN, run={"epochs": 1, "feature_cache": asked})
    assert "training on 36 cached features" in caplog.text


def test_where_nothing_is_frozen_or_the_cache_is_off_nothing_is_counted(run: Run) -> None:
    """No pass is taken for it, and the run notes nothing."""
    for name, sections in (("all", {}), ("off", {**FROZEN, "run": {"epochs": 1, "feature_cache": "off"}})):
        assert json.loads((run(name, **sections) / "run.json").read_text())["feature_caches"] == []


def test_a_run_that_declined_the_cache_declines_it_when_it_goes_on(run: Run, home: Path) -> None:
    """Though less is left, and though another run has kept features by then; the end is the same bit for bit."""
    options: dict[str, Any] = {**FROZEN, "run": {"epochs": 1, "checkpoint_every": 1, "keep": 100}}
    whole = run("whole", **options)
    run("other", **FROZEN, run={"epochs": 1, "feature_cache": "on"})
    assert list((home / "runs" / ".features").iterdir())
    copy = cut(whole, "copy", step=2)
    run("copy", resume=True, **options)
    assert same(copy, whole)
    assert figures(copy) == figures(whole)
    assert [one["used"] for one in json.loads((copy / "run.json").read_text())["feature_caches"]] == [False]


def test_features_of_compiled_and_of_eager_layers_are_kept_apart(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They differ in their last bits: a run gives the same whichever was there before."""
    sections: dict[str, Any] = {**FROZEN, "run": {"epochs": 2}}
    first = run("first", **sections)
    with monkeypatch.context() as patched:
        patched.setattr(ModuleTrainer, "passes_to_compile", lambda *_: 0)
        run("compiled", **sections)
    assert len(list((home / "runs" / ".features").iterdir())) == 4
    again = run("again", **sections)
    assert all(np.array_equal(weights(first)[name], array) for name, array in weights(again).items())


def test_few_pictures_compile_nothing(
    run: Run, write_recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to compute features nor to compare those that are there."""

    def compiled(*_: Any, **__: Any) -> Any:
        raise AssertionError("compiled")

    monkeypatch.setattr("datatool.models._cut.Cut.compiled", compiled)
    for name in ("first", "second"):
        run(name, **FROZEN)
