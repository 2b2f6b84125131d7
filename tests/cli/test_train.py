"""`datatool train`, `evaluate` and `config show` as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.helpers.program import Cli


def test_train_prints_results_and_where_they_are(write_recipe: Callable[..., Path], cli: Cli) -> None:
    """A table on standard output, talk on standard error; again with --resume it has nothing to do."""
    recipe = write_recipe()
    done = cli("train", recipe, "-o", "run.epochs=1")
    assert done.code == 0, done.err
    assert "balanced accuracy" in done.out
    assert done.out.rstrip().endswith("report.html")
    assert "stage 0 epoch 0: loss" in done.err
    again = cli("train", recipe, "-o", "run.epochs=1", "--resume", "--json")
    assert again.code == 0
    assert "is finished: nothing to do" in again.err
    assert set(json.loads(again.out)) == {"run", "report", "eval", "test"}


def test_evaluate_prints_the_document(write_recipe: Callable[..., Path], home: Path, cli: Cli) -> None:
    """On the recipe's list, or on another."""
    cli("train", write_recipe(), "-o", "run.epochs=1")
    run = home / "runs" / "r"
    assert json.loads(cli("evaluate", run, "--json").out)["schema"] == "datatool.eval/1"
    written = cli("evaluate", run, "-o", home / "e.json", "--json")
    assert f"wrote {home / 'e.json'}: 18 images of 3 classes" in written.err
    assert json.loads((home / "e.json").read_text()) == json.loads(written.out)
    other = cli("evaluate", run, "--list", home / "train.txt", "--checkpoint", "best", "--json")
    assert sum(row["support"] for row in json.loads(other.out)["per_class"]) == 36
    missing = cli("evaluate", home, "--json")
    assert missing.code == 2
    assert "must be a folder that datatool train wrote" in missing.err


def test_mistakes_are_one_sentence_and_leave_nothing(write_recipe: Callable[..., Path], home: Path, cli: Cli) -> None:
    """Unknown key, unknown trainer, missing plan, missing weights: exit code 2, no run folder."""
    recipe = write_recipe()
    for override, words in (
        ("optimizer.lrr=1", "did you mean 'optimizer.lr'?"),
        ("DataLoader.TRAIN.sampler.batch_size=512", "which is data.batch_size here"),
        ("run.trainer=padle", "did you mean 'paddle'?"),
        ("data.train=none.plan", "a plan must be a folder"),
        ("model.pretrained=none.safetensors", "model.pretrained must be a file"),
        ("model.backbone=paddle.vision:resnet81", "did you mean 'paddle.vision:resnet18'?"),
        ("model.freeze=until:conv9", "did you mean"),
        ("run.trackers=[tensorbord]", "must name known trackers"),
    ):
        done = cli("train", recipe, "-o", override)
        assert done.code == 2, override
        assert words in done.err.splitlines()[-1], done.err
        assert not (home / "runs" / "r").exists(), override


def test_config_show_says_where_values_come_from(write_recipe: Callable[..., Path], cli: Cli) -> None:
    """Default, file, override; names of PaddleClas are noted."""
    done = cli("config", "show", write_recipe(), "-o", "Arch.class_num=12", "--json")
    assert done.code == 0, done.err
    shown = json.loads(done.out)
    assert shown["model.class_num"] == {"value": 12, "origin": "-o Arch.class_num=12"}
    assert shown["optimizer.lr"] == {"value": 0.05, "origin": "r.yaml"}
    assert shown["optimizer.amp"] == {"value": False, "origin": "default"}
    assert "note: Arch.class_num is model.class_num here" in done.err
    assert "optimizer.lr" in cli("config", "show", write_recipe()).out
