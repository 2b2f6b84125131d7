"""The loop over a whole run: stages, plugins, heads, results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from datatool.errors import ConfigError, DatasetError, DatatoolError
from datatool.evaluation import evaluate
from datatool.runs import read_recipe
from datatool.trainers import make_trainer
from datatool.training import fit
from tests.helpers.runs import Run, document, figures, weights


def test_a_run_leaves_what_the_design_names(run: Run) -> None:
    """Recipe, what it was made with, log, results, page, checkpoint with its three files."""
    folder = run()
    assert {path.name for path in folder.iterdir()} == {
        "recipe.yaml", "run.json", "metrics.jsonl", "eval.json", "eval.csv", "report.html", "checkpoints",
    }  # fmt: skip
    newest = folder / "checkpoints" / "step_10"
    assert {path.name for path in newest.iterdir()} == {"model.safetensors", "optimizer.safetensors", "state.json"}
    state = json.loads((newest / "state.json").read_text())
    assert state["finished"] is True
    assert state["class_num"] == 3
    assert state["names"] == ["0", "1", "2"]
    assert state["transform"]["image_size"] == 16
    assert state["prior"] == {"0": pytest.approx(24 / 36), "1": pytest.approx(8 / 36), "2": pytest.approx(4 / 36)}
    page = (folder / "report.html").read_text()
    assert "balanced accuracy" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_small_net_learns_and_its_results_agree(run: Run) -> None:
    """Better than chance, confusion and recalls consistent, evaluate gives the same document."""
    folder = run(run={"epochs": 12}, data={"train": "over.plan"})
    found = document(folder)
    assert found.balanced_accuracy > 0.6
    table = np.array(found.confusion)
    assert table.sum() == 18
    assert found.top1 == pytest.approx(table.trace() / 18)
    assert [row.recall for row in found.per_class] == pytest.approx((table.diagonal() / 6).tolist())
    assert found.per_source[0].source == "real"
    again = evaluate(folder)
    assert again.confusion == found.confusion
    assert again.corrected_balanced_accuracy == found.corrected_balanced_accuracy
    assert {cell.rows for cell in found.train_cells} == {24, 8, 4}


def test_train_cells_are_the_mean_losses_of_the_last_epoch(run: Run) -> None:
    """Weighed by their draws they give the loss of the log."""
    folder = run()
    cells = document(folder).train_cells
    mean = sum(cell.rows * cell.loss for cell in cells) / sum(cell.rows for cell in cells)
    assert figures(folder)[-1]["loss"] == pytest.approx(mean, rel=1e-6)


@pytest.mark.usefixtures("toy_plugin")
def test_a_trainer_from_an_installed_plugin_runs_and_resumes(run: Run) -> None:
    """Found through the entry-point group, with nothing but the five methods."""
    folder = run(run={"trainer": "toy", "stages": [{}, {"data": {"train": "over.plan"}}]})
    counts = weights(folder)["counts"]
    assert counts.tolist() == [1 + 2 * 24 + 2 * 24, 1 + 2 * 8 + 2 * 24, 1 + 2 * 4 + 2 * 24]
    assert document(folder).top1 == pytest.approx(1 / 3)
    assert run(resume=True, run={"trainer": "toy", "stages": [{}, {"data": {"train": "over.plan"}}]}) == folder


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_two_stages_in_one_recipe(run: Run, trainer: str) -> None:
    """Natural with everything trainable, then a new head, balanced, backbone frozen: stage 2 leaves the backbone."""
    stages = [
        {"run": {"epochs": 1}},
        {
            "data": {"train": "over.plan"},
            "model": {"freeze": "backbone", "head": "new"},
            "optimizer": {"lr": 0.1, "schedule": "constant"},
            "loss": {"label_smoothing": 0.1},
        },
    ]
    sections: dict[str, Any] = {
        "model": {"backbone": f"small_nets:{trainer}_net"},
        "run": {"trainer": trainer, "stages": stages, "epochs": 2},
    }
    folder = run(**sections)
    lines = figures(folder)
    assert [(line["stage"], line["epoch"]) for line in lines] == [(0, 0), (1, 0), (1, 1)]
    assert lines[-1]["lr"] == 0.1
    by_step = {path.name: load_file(path / "model.safetensors") for path in (folder / "checkpoints").iterdir()}
    first, last = by_step["step_5"], by_step[f"step_{lines[-1]['step']}"]
    assert all(np.array_equal(first[name], last[name]) for name in first if not name.startswith("fc."))
    assert not np.array_equal(first["fc.weight"], last["fc.weight"])


def test_a_stage_may_not_change_the_architecture(run: Run) -> None:
    """The key is named."""
    with pytest.raises(ConfigError, match=r"run.stages.1 gives 'model.bottleneck'"):
        run(run={"stages": [{}, {"model": {"bottleneck": 3}}]})


def test_a_bottleneck_is_named_and_small(run: Run) -> None:
    """Two linear layers in place of one; class_num may be larger than the plan's."""
    state = weights(run(model={"bottleneck": 2, "class_num": 7}))
    assert state["fc.bottleneck.weight"].shape == (12, 2)
    assert state["fc.classifier.weight"].shape == (2, 7)
    with pytest.raises(ConfigError, match="class_num must be at least 3, as the plan has it; got 2"):
        run("small", model={"class_num": 2})


def test_val_labels_beyond_the_model_are_found_before_the_first_step(run: Run, home: Path) -> None:
    """With the file and the label; a list whose pictures are not there names the first."""
    (home / "bad.txt").write_text("pictures/val_0_0.jpg 9\n")
    with pytest.raises(DatasetError, match=r"must be below class_num 3; got 9 for .*:\d+\)"):
        run(data={"val": "bad.txt"})
    (home / "gone.txt").write_text("nowhere/a.jpg 1\n")
    with pytest.raises(DatasetError, match="none of the first 1 does"):
        run(data={"val": "gone.txt"})
    assert not (home / "runs" / "r").exists()


def test_a_data_set_with_a_strategy_is_a_plan_of_the_run(run: Run) -> None:
    """Made in the run folder; options without a strategy, and a strategy for a plan, are refused."""
    folder = run(data={"train": "train.txt", "strategy": "oversample", "epoch_size": 30})
    assert json.loads((folder / "plans" / "stage_0.plan" / "plan.json").read_text())["epoch_size"] == 30
    with pytest.raises(ConfigError, match=r"data.epoch_size must go with data.strategy"):
        run("b", data={"epoch_size": 30})
    with pytest.raises(ConfigError, match=r"data.strategy must go with a data set"):
        run("c", data={"strategy": "natural"})


def test_a_loss_that_is_not_finite_stops_the_run(run: Run) -> None:
    """With the step and the rate."""
    with pytest.raises(DatatoolError, match="the loss must stay finite"):
        run(optimizer={"lr": 1e30}, run={"epochs": 5})


def test_a_stage_stops_early(run: Run) -> None:
    """After so many evaluations without a better one."""
    folder = run(
        optimizer={"lr": 1e-9, "weight_decay": 0.0}, model={"freeze": "backbone"}, run={"epochs": 9, "early_stop": 2}
    )
    assert len(figures(folder)) == 3


def test_pages_of_many_classes_stay_readable(run: Run, home: Path) -> None:
    """Past fifty classes the matrix shows those with the most errors."""
    folder = run(model={"class_num": 60})
    page = (folder / "report.html").read_text()
    assert "The 50 of 60 classes with the most errors" in page


def test_names_come_with_the_weights(run: Run, home: Path, write_recipe: Callable[..., Path]) -> None:
    """A run of one framework's weights starts another of the same data."""
    folder = run()
    save_file(load_file(folder / "checkpoints" / "step_10" / "model.safetensors"), home / "mine.safetensors")
    reading = read_recipe(write_recipe("next", model={"pretrained": "mine.safetensors", "head": "keep"}))
    assert fit(make_trainer("paddle"), reading.recipe, base=reading.base).name == "next"


@pytest.mark.parametrize("model", [{"backbone": "datatool:repvgg_a0"}, {"acnet": True}])
def test_nets_with_branches_train_and_are_evaluated_again(run: Run, model: dict[str, Any]) -> None:
    """RepVGG, and ACNet's branches in any net: the checkpoint fills the model that evaluate builds."""
    folder = run(model=model, data={"image_size": 32, "eval_resize": 32}, run={"epochs": 1})
    assert evaluate(folder).confusion == document(folder).confusion


def test_mixed_precision_keeps_weights_in_float32(run: Run) -> None:
    """The forward pass is in bfloat16, the checkpoint is not, and the loss is near that of full precision."""
    sections: dict[str, Any] = {
        "model": {"backbone": "small_nets:torch_net"},
        "run": {"trainer": "torch", "epochs": 1},
    }
    full, mixed = run("full", **sections), run("mixed", **sections, optimizer={"amp": True})
    assert {array.dtype for array in weights(mixed).values()} <= {np.dtype(np.float32), np.dtype(np.int64)}
    assert figures(mixed)[0]["loss"] == pytest.approx(figures(full)[0]["loss"], rel=0.05)
    assert figures(mixed)[0]["loss"] != figures(full)[0]["loss"]


def test_mixed_precision_that_the_device_has_not_is_said_to_have_no_effect(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """Paddle on a CPU: the run is that of full precision, and the log says so."""
    with caplog.at_level("INFO", logger="datatool.training"):
        mixed = run("mixed", optimizer={"amp": True}, run={"epochs": 1})
    assert "optimizer.amp: paddle trains in float32 on cpu" in caplog.text
    assert figures(mixed) == figures(run("full", run={"epochs": 1}))


def test_a_dataset_file_is_evaluated_on_its_val_split(run: Run, home: Path) -> None:
    """Train rows in the same file are not; absolute paths are opened as they are."""
    (home / "absolute.txt").write_text(f"{home}/pictures/val_0_0.jpg 0\n{home}/pictures/val_1_0.jpg 1\n")
    (home / "set.yaml").write_text(
        "schema: datatool.dataset/1\ntrain: [{list: train.txt}]\nval: [{list: absolute.txt}]\n"
    )
    assert sum(map(sum, document(run(data={"val": "set.yaml"}, run={"epochs": 1})).confusion)) == 2
