"""Stages: going on between and inside them is exact, heads do what each stage says, faults are found at the start."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from datatool.errors import ConfigError, DatatoolError
from datatool.evaluation import evaluate
from datatool.trainers import ModuleTrainer
from tests.helpers.runs import Run, cut, figures, same

FREEZE = {"freeze": "backbone"}
KINDS: dict[str, dict[str, Any]] = {
    "new head, frozen backbone": {"second": {"model": {"head": "new", **FREEZE}}},
    "adam": {"optimizer": {"name": "adam"}, "second": {"optimizer": {"lr": 0.02}}},
    "adam that thaws": {"optimizer": {"name": "adam"}, "model": FREEZE, "second": {"model": {"freeze": "none"}}},
    "momentum that freezes": {"second": {"model": FREEZE}},
}


def sections(trainer: str, stages: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    run = {"trainer": trainer, "keep": 100, "epochs": 1, "stages": list(stages)}
    return {"model": {"backbone": f"small_nets:{trainer}_net", **more.pop("model", {})}, "run": run, **more}


def classifier(run: Path, step: int) -> np.ndarray[Any, Any]:
    """(class, feature)."""
    weight: np.ndarray[Any, Any] = load_file(run / "checkpoints" / f"step_{step}" / "model.safetensors")["fc.weight"]
    return weight if weight.shape[1] == 12 else weight.T


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_cut_between_or_inside_stages_ends_with_the_same_weights(run: Run, trainer: str, kind: str) -> None:
    """Cut at the end of the first stage (step 5) and after an epoch of the second (step 10)."""
    options = dict(KINDS[kind])
    second = {"run": {"epochs": 2}, **options.pop("second")}
    options = sections(trainer, [{}, second], **options)
    whole = run("whole", **options)
    for step in (5, 10):
        copy = cut(whole, f"cut{step}", step=step)
        run(copy.name, resume=True, **options)
        assert same(copy, whole)
        assert figures(copy) == figures(whole)
        assert json.loads((copy / "eval.json").read_text()) == json.loads((whole / "eval.json").read_text())


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_each_stage_holds_or_trains_the_old_rows_as_its_head_says(
    run: Run, home: Path, trainer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Held, trained, held as they are by then, fresh; resumed anywhere without the weight file or a warning."""
    old = run("old", **sections(trainer, []))
    shutil.copy(old / "checkpoints" / "step_5" / "model.safetensors", home / "old.safetensors")
    heads = [{}, {"model": {"head": "grow"}}, {"model": {"head": "grow-hold"}}, {"model": {"head": "new"}}]
    model = {"pretrained": "old.safetensors", "head": "grow-hold", "class_num": 5, "freeze": ["conv1"]}
    options = sections(trainer, heads, model=model)
    whole = run("whole", **options)
    first, second, third, fourth = (classifier(whole, step) for step in (5, 10, 15, 20))
    assert np.array_equal(first[:3], classifier(old, 5))
    assert not np.array_equal(second[:3], first[:3])
    assert np.array_equal(third[:3], second[:3])
    assert not np.array_equal(third[3:], second[3:])
    assert abs(fourth[:3] - third[:3]).max() > 0.05
    (home / "old.safetensors").unlink()
    caplog.clear()
    for step in (5, 10, 15):
        copy = cut(whole, f"cut{step}", step=step)
        run(copy.name, resume=True, **options)
        assert same(copy, whole)
    assert "random weights" not in caplog.text


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_a_fresh_head_has_the_tensors_of_the_one_it_replaces(run: Run, home: Path, trainer: str) -> None:
    """A classifier without bias gets no bias in a later stage, so that the run can be opened again."""
    bare = f"def bare_net(num_classes):\n    net = {trainer}_net(num_classes)\n    net.fc.bias = None\n    return net\n"
    (home / "bare_nets.py").write_text(f"from small_nets import {trainer}_net\n{bare}")
    options = sections(trainer, [{}, {"model": {"head": "new"}}], model={"backbone": "bare_nets:bare_net"})
    folder = run(**options)
    assert evaluate(folder).top1 == figures(folder)[-1]["eval"]["top1"]


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ({"model": {"head": "keep"}}, r"must be new, grow or grow-hold; got keep in run.stages.1"),
        ({"model": {"head": "grow-hold"}}, r"grow-hold in run.stages.1 must follow a head that was grown"),
        ({"model": {"backbone": "small_nets:torch_net"}}, r"run.stages.1 gives 'model.backbone'"),
        ({"model": {"freeze": ["conv9"]}}, r"a pattern of model.freeze must match a layer; got 'conv9'"),
        ({"model": {"freeze": ["*"]}}, r"model.freeze must leave something to train"),
        ({"data": {"augment": "crop-flop"}}, r"got 'crop-flop'"),
        ({"data": {"train": "gone.plan"}}, r"gone.plan"),
        ({"data": {"val": "train.txt"}}, r"run.stages.1 gives data.val 'train.txt', the recipe 'val.txt'"),
        ({"distill": {"teacher": "runs/none"}}, r"a run must be a folder that datatool train wrote"),
    ],
)
def test_a_fault_of_a_later_stage_is_found_before_the_first_step(
    run: Run, home: Path, stage: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was computed, nothing is left behind, and the corrected recipe runs."""

    def step(trainer: ModuleTrainer, batch: Any, /, *, lr: float, seed: int) -> Any:
        raise AssertionError("a step was taken")

    monkeypatch.setattr(ModuleTrainer, "step", step)
    with pytest.raises(DatatoolError, match=sentence):
        run(**sections("paddle", [{}, stage]))
    assert not (home / "runs" / "r").exists()


def test_a_stage_may_repeat_the_list_to_evaluate_on(run: Run) -> None:
    """The same list is no other list."""
    folder = run(**sections("paddle", [{"data": {"val": "val.txt"}}, {}]))
    assert [line["eval"] is not None for line in figures(folder)] == [True, True]
    assert evaluate(folder).top1 == figures(folder)[-1]["eval"]["top1"]


def test_a_stage_of_the_first_place_may_not_have_its_own_list(run: Run) -> None:
    """It was ignored there without a word."""
    with pytest.raises(ConfigError, match=r"run.stages.0 gives data.val 'train.txt'"):
        run(**sections("paddle", [{"data": {"val": "train.txt"}}, {}]))


def test_a_stage_that_stopped_early_has_the_losses_of_its_cells(run: Run) -> None:
    """Of the epoch that turned out to be the last: weighed by their draws they give the loss of the log."""
    frozen = {"optimizer": {"lr": 1e-9, "weight_decay": 0.0}, "model": FREEZE}
    folder = run(**frozen, run={"epochs": 9, "early_stop": 2})
    assert len(figures(folder)) == 3
    cells = json.loads((folder / "eval.json").read_text())["train_cells"]
    mean = sum(cell["rows"] * cell["loss"] for cell in cells) / sum(cell["rows"] for cell in cells)
    assert figures(folder)[-1]["loss"] == pytest.approx(mean, rel=1e-6)
