"""Small runs: the recipe they share, and what they leave, read back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from datatool.schemas import EvalDocument

Run = Callable[..., Path]
WriteRecipe = Callable[..., Path]

BASE: dict[str, Any] = {
    "global": {"device": "cpu"},
    "model": {"backbone": "small_nets:paddle_net"},
    "data": {
        "train": "nat.plan",
        "val": "val.txt",
        "image_size": 16,
        "eval_resize": 16,
        "augment": "crop-flip",
        "batch_size": 8,
        "num_threads": 1,
        "engine": "threads",
        "cache": None,
    },
    "optimizer": {"lr": 0.05},
    "run": {"epochs": 2},
}


# Dropout, moving batch-norm statistics, momentum and mid-epoch checkpoints.
EAGER: dict[str, Any] = {"run": {"epochs": 3, "checkpoint_every": 2, "keep": 100}}


def document(run: Path) -> EvalDocument:
    """The results of a run."""
    return EvalDocument.model_validate_json((run / "eval.json").read_bytes())


def weights(run: Path) -> dict[str, Any]:
    """Tensors of the newest checkpoint: the model's and the optimizer's."""
    from safetensors.numpy import load_file

    newest = max((run / "checkpoints").glob("step_*"), key=lambda path: int(path.name[5:]))
    return {**load_file(newest / "model.safetensors"), **load_file(newest / "optimizer.safetensors")}


def same(first: Path, second: Path) -> bool:
    """Whether two runs ended with the same weights, bit for bit."""
    one, two = weights(first), weights(second)
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


def figures(run: Path) -> list[Any]:
    """Lines of the log, without their speed."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "images_per_second"} for line in lines]


def cut(whole: Path, name: str, /, *, step: int) -> Path:
    """A copy of a run as it was when it had written ``step_STEP``."""
    copy = whole.with_name(name)
    shutil.copytree(whole, copy)
    for result in ("eval.json", "eval.csv", "report.html"):
        (copy / result).unlink(missing_ok=True)
    for folder in (copy / "checkpoints").iterdir():
        if int(folder.name[5:]) > step:
            shutil.rmtree(folder)
    text = (copy / "recipe.yaml").read_text()
    (copy / "recipe.yaml").write_text(text.replace(f"name: {whole.name}", f"name: {name}"))
    return copy
