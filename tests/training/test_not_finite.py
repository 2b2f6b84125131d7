"""NaN and infinity in what a run goes on from, measures or learns from are found when it is opened."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from datatool.deploy import export
from datatool.errors import CheckpointError
from datatool.evaluation import evaluate
from tests.helpers.runs import Run, cut


def _spoil(run: Path, file: str, name: str, value: float) -> None:
    """Put a value into the newest checkpoint, with its digest."""
    newest = max((run / "checkpoints").iterdir(), key=lambda path: int(path.name[5:]))
    tensors = load_file(newest / file)
    key = next(each for each in tensors if each.startswith(name))
    tensors[key] = tensors[key].copy()
    tensors[key].flat[0] = value
    save_file(tensors, newest / file)
    state = json.loads((newest / "state.json").read_text())
    state["files"][file] = hashlib.blake2b((newest / file).read_bytes(), digest_size=16).hexdigest()
    (newest / "state.json").write_text(json.dumps(state))


@pytest.mark.parametrize(
    ("file", "name"), [("model.safetensors", "fc.weight"), ("optimizer.safetensors", "fc.weight/")]
)
def test_a_checkpoint_to_go_on_from_is_looked_at(run: Run, file: str, name: str) -> None:
    """Weights and accumulators, by name."""
    sections = {"run": {"epochs": 3, "keep": 10}}
    copy = cut(run("whole", **sections), "cut", step=5)
    _spoil(copy, file, name, np.nan)
    with pytest.raises(CheckpointError, match=rf"1 of \d+ in '{name}.*' are not.*{file}"):
        run("cut", resume=True, **sections)


def test_a_run_to_measure_to_export_or_to_learn_from_is_looked_at(run: Run, tmp_path: Path) -> None:
    """The first tensor with infinity is named, with its file."""
    folder = run("teacher")
    _spoil(folder, "model.safetensors", "conv1.weight", np.inf)
    for use in (
        lambda: evaluate(folder),
        lambda: export(folder, out=tmp_path / "model"),
        lambda: run("student", distill={"teacher": str(folder)}),
    ):
        with pytest.raises(CheckpointError, match=r"in 'conv1\.weight' are not.*model\.safetensors"):
            use()
