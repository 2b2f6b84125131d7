"""Old heads in runs whose classes moved: each class keeps its own row."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from datatool.errors import CheckpointError
from tests.helpers.runs import Run
from tests.helpers.training_lists import TRAIN, VAL

# A class of the fresh head is never predicted, so that only the old rows decide.
NETS = """
from small_nets import {trainer}_net

def quiet_net(num_classes):
    net = {trainer}_net(num_classes)
    {zero}
    return net
"""
ZERO = {
    "paddle": "net.fc.weight.set_value(net.fc.weight * 0); net.fc.bias.set_value(net.fc.bias * 0 - 100)",
    "torch": "net.fc.weight.data.zero_(); net.fc.bias.data.fill_(-100)",
}
REST = 1e-30  # a learning rate that changes no weight
NAMES = ("ant", "cat", "dog")


def folders(home: Path, name: str, classes: dict[str, int]) -> Path:
    """Class folders for train and val; a class has the pictures of a label."""
    for split, counts in (("train", TRAIN), ("val", VAL)):
        for called, label in classes.items():
            folder = home / name / split / called
            folder.mkdir(parents=True)
            for index in range(counts[label]):
                shutil.copy(home / "pictures" / f"{split}_{label}_{index}.jpg", folder)
    return home / name


def dataset(home: Path, name: str, names: tuple[str, ...]) -> None:
    """The folders of `first`, with ids by the order of the names; `NAME_train.yaml` and `NAME_val.yaml`."""
    (home / f"{name}.txt").write_text("".join(f"{index} {called}\n" for index, called in enumerate(names)))
    for split in ("train", "val"):
        (home / f"{name}_{split}.yaml").write_text(
            f"schema: datatool.dataset/1\nnames: {name}.txt\n{split}:\n  - {{folder: first/{split}}}\n"
        )


def recalls(folder: Path) -> dict[str, float]:
    return {each["name"]: each["recall"] for each in json.loads((folder / "eval.json").read_text())["per_class"]}


def classifier(folder: Path, trainer: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Weight by class, and bias, of the last checkpoint."""
    last = max((folder / "checkpoints").iterdir(), key=lambda path: int(path.name.removeprefix("step_")))
    arrays = load_file(last / "model.safetensors")
    return arrays["fc.weight"].T if trainer == "paddle" else arrays["fc.weight"], arrays["fc.bias"]


def options(trainer: str, data: dict[str, Any], lr: float, **model: Any) -> dict[str, Any]:
    return {
        "model": {"backbone": "quiet_nets:quiet_net", **model},
        "data": {"strategy": "natural", "augment": "none", **data},
        "optimizer": {"lr": lr},
        "run": {"trainer": trainer, "epochs": 1 if lr == REST else 4},
    }


@pytest.fixture(params=["paddle", "torch"])
def trainer(request: pytest.FixtureRequest, home: Path) -> str:
    name = str(request.param)
    (home / "quiet_nets.py").write_text(NETS.format(trainer=name, zero=ZERO[name]))
    return name


@pytest.fixture
def old(home: Path, run: Run, trainer: str) -> Path:
    """A run on the folders ant, cat, dog, good enough for its classes to be told apart; its weight file."""
    first = folders(home, "first", {"ant": 0, "cat": 1, "dog": 2})
    data = {"train": str(first / "train"), "val": str(first / "val")}
    folder = run("old", **options(trainer, data, 0.1))
    assert min(recalls(folder).values()) > 0.5
    steps = sorted((folder / "checkpoints").iterdir(), key=lambda path: int(path.name.removeprefix("step_")))
    return steps[-1] / "model.safetensors"


@pytest.mark.parametrize("head", ["grow", "grow-hold"])
def test_an_inserted_class_moves_the_rows_behind_it(home: Path, run: Run, trainer: str, old: Path, head: str) -> None:
    """At a learning rate of 0 the old classes are recalled as before, though their ids shifted."""
    second = folders(home, "second", {"ant": 0, "bee": 1, "cat": 1, "dog": 2})
    data = {"train": str(second / "train"), "val": str(second / "val")}
    model = {"pretrained": str(old), "head": head, "freeze": "backbone"}
    folder = run("new", **options(trainer, data, REST, **model))
    before = recalls(home / "runs" / "old")
    assert {name: recall for name, recall in recalls(folder).items() if name in NAMES} == before
    for mine, theirs in zip(classifier(folder, trainer), classifier(home / "runs" / "old", trainer), strict=True):
        assert np.array_equal(mine[[0, 2, 3]], theirs)
    report = json.loads((folder / "loading.json").read_text())
    assert report["old_rows"] == [0, 2, 3]
    assert report["head"] == "grown from 3 classes, 2 rows moved to their classes' new ids"
    assert report["notes"] == []


@pytest.mark.parametrize("head", ["keep", "grow", "grow-hold"])
def test_permuted_names_permute_the_rows(home: Path, run: Run, trainer: str, old: Path, head: str) -> None:
    """The same classes under other ids are recalled as before."""
    dataset(home, "permuted", ("dog", "ant", "cat"))
    data = {"train": "permuted_train.yaml", "val": "permuted_val.yaml"}
    model = {"pretrained": str(old), "head": head, "freeze": "backbone"}
    folder = run("new", **options(trainer, data, REST, **model))
    assert recalls(folder) == recalls(home / "runs" / "old")
    assert json.loads((folder / "loading.json").read_text())["old_rows"] == [1, 2, 0]


def test_held_rows_stay_fixed_wherever_they_are(home: Path, run: Run, trainer: str, old: Path) -> None:
    """The inserted class alone trains; after a resume too, and with a state that held the first rows."""
    second = folders(home, "second", {"ant": 0, "bee": 1, "cat": 1, "dog": 2})
    model = {"pretrained": str(old), "head": "grow-hold", "freeze": "backbone"}
    trained = options(trainer, {"train": str(second / "train"), "val": None}, 0.1, **model)
    folder = run("new", **trained)
    theirs = classifier(home / "runs" / "old", trainer)
    steps = sorted((folder / "checkpoints").iterdir(), key=lambda path: int(path.name.removeprefix("step_")))
    assert json.loads((steps[-1] / "state.json").read_text())["trainer"]["held_rows"] == [0, 2, 3]
    shutil.rmtree(steps[-1])
    for name in ("report.html", "eval.json", "eval.csv"):
        (folder / name).unlink(missing_ok=True)
    last = classifier(run("new", resume=True, **trained), trainer)
    for mine, kept in zip(last, theirs, strict=True):
        assert np.array_equal(mine[[0, 2, 3]], kept)
    assert last[1][1] != -100


@pytest.mark.parametrize("head", ["keep", "grow"])
def test_a_class_that_left_is_refused_by_name(home: Path, run: Run, trainer: str, old: Path, head: str) -> None:
    """Its row could go nowhere; nothing is left behind."""
    other = folders(home, "other", {"ant": 0, "dog": 1, "eel": 2})
    data = {"train": str(other / "train"), "val": None}
    with pytest.raises(CheckpointError, match=f"{head} must find each class of the old head .* class 1, 'cat'"):
        run("new", **options(trainer, data, REST, pretrained=str(old), head=head, freeze="backbone"))
    assert not (home / "runs" / "new").exists()


def test_a_lone_file_warns_that_ids_are_trusted(
    home: Path, run: Run, trainer: str, old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its classes have no names."""
    shutil.copy(old, home / "lone.safetensors")
    data = {"train": str(home / "first" / "train"), "val": None}
    with caplog.at_level("INFO", logger="datatool.training"):
        run("new", **options(trainer, data, REST, pretrained="lone.safetensors", head="keep", freeze="backbone"))
    assert "rows of the old head keep their ids, since the weight file has no class names" in caplog.text
