"""Export and predict as the examples and the docs do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from datatool.evaluation import eval_rows, evaluate
from datatool.runs import read_recipe
from datatool.trainers import make_trainer
from datatool.training import fit
from tests.helpers.program import REPOSITORY, Cli
from tests.helpers.runs import Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clothing(shared_data: Path, shared_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of examples/clothing.yaml, shortened."""
    pytest.importorskip("paddle")
    assert shared_data.parent == shared_weights.parent, "where the recipe looks"
    output = tmp_path_factory.mktemp("clothing")
    overrides = [f"global.output={output}", "data.epoch_size=1680", "run.epochs=2", "global.device=cpu"]
    reading = read_recipe(REPOSITORY / "examples" / "clothing.yaml", overrides=overrides)
    return fit(make_trainer("paddle"), reading.recipe, base=reading.base)


def third_of(listed: Path, folder: Path) -> Path:
    """Every third row, under an absolute path."""
    third = folder / "third.txt"
    third.write_text("".join(f"{listed.parent / line}\n" for line in listed.read_text().splitlines()[::3]))
    return third


def test_exported_predictions_on_photographs_equal_the_evaluation_class_by_class(
    clothing: Path, shared_data: Path, tmp_path: Path, cli: Cli
) -> None:
    test_list = third_of(shared_data / "clothing" / "test_list.txt", tmp_path)
    document = evaluate(clothing, list=str(test_list))
    few = ("--images", "8")  # what follows compares on all of the third
    assert cli("export", clothing, "-o", tmp_path / "model", *few).code == 0

    done = cli("predict", tmp_path / "model", test_list, "--topk", "1")

    assert done.code == 0, done.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    rows = eval_rows(str(test_list), base=tmp_path)
    assert [line["path"] for line in lines] == rows.path
    confusion = np.zeros_like(document.confusion)
    np.add.at(confusion, (rows.label, [line["topk"][0]["class"] for line in lines]), 1)
    assert confusion.tolist() == document.confusion
    assert [line["topk"][0]["name"] for line in lines[:5]] == [
        document.per_class[line["topk"][0]["class"]].name for line in lines[:5]
    ]
    assert document.balanced_accuracy > 0.4


def test_the_example_names_the_photographs_that_the_model_is_least_sure_of(
    run: Run, home: Path, repository: Path, process: Cli
) -> None:
    """A small run will do; the example asks for no photograph of a certain kind."""
    pytest.importorskip("paddle")
    done = process(repository / "examples" / "label_next.py", run(), home / "val.txt", "--count", "5")
    assert done.code == 0, done.err
    first, *lines = done.out.splitlines()
    assert re.search(r"(\d+) of \1 images as in training", first)
    margins = [float(line.split()[0]) for line in lines]
    assert len(margins) == 5
    assert margins == sorted(margins)
