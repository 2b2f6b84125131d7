"""Which state dict of a file is taken, and what is said of the others."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError
from datatool.models import read_weights
from tests.helpers.nets import build
from tests.helpers.runs import Run


def save(value: Any, path: Path) -> Path:
    path.write_bytes(pickle.dumps(value, 4))
    return path


def state(number: float, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}fc.weight": np.full((2, 3), number, np.float32)}


@pytest.mark.parametrize(
    ("saved", "number", "said"),
    [
        ({"state_dict": state(1), "state_dict_ema": state(2)}, 1, ["'state_dict'; it also holds 'state_dict_ema'"]),
        ({"model_ema": state(2), "model": state(1, "module.")}, 1, ["'model'; it also holds 'model_ema'"]),
        ({"state_dict": state(1), "model": state(2), "ema": state(3)}, 1, ["holds 'model' and 'ema': to use one of"]),
        ({"state_dict_ema": state(2), "epoch": 3}, 2, []),
        ({"state_dict": state(1), "optimizer": {"m.fc.weight": np.zeros((2, 3), np.float32)}}, 1, []),
        ({"model": {"state_dict": state(1)}}, 1, []),
        (state(1), 1, []),
    ],
)
def test_another_state_of_the_same_model_is_said(tmp_path: Path, saved: Any, number: float, said: list[str]) -> None:
    """Averaged weights beside the plain ones, which are taken; alone, they are taken themselves."""
    weights = read_weights(save(saved, tmp_path / "w.pdparams"))
    assert {name: array.tolist() for name, array in weights.arrays.items()} == {"fc.weight": [[number] * 3] * 2}
    assert len(weights.notes) == len(said)
    assert all(part in note for note, part in zip(weights.notes, said, strict=True))


def test_a_run_says_which_weights_it_took(home: Path, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """In its log and in `loading.json`."""
    arrays = dict(build("small_nets:paddle_net", home).state().model)
    save({"state_dict": arrays, "state_dict_ema": arrays}, home / "w.pdparams")
    with caplog.at_level("INFO", logger="datatool.training"):
        folder = run(model={"pretrained": "w.pdparams"}, run={"epochs": 1}, data={"val": None})
    taken = "the weights are the file's 'state_dict'; it also holds 'state_dict_ema'"
    note = f"{taken}: to use that, save it to a file of its own"
    assert note in caplog.messages
    assert json.loads((folder / "loading.json").read_text())["notes"] == [note]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_numbers_that_are_not_finite_are_the_files_fault(home: Path, run: Run, value: float) -> None:
    """Said before the first step, with the tensor; nothing of it is blamed on the learning rate."""
    arrays = dict(build("small_nets:paddle_net", home).state().model)
    arrays["conv2.weight"] = arrays["conv2.weight"].astype(np.float64)
    arrays["conv2.weight"][0, 0, 0, :2] = value
    save(arrays, home / "w.pdparams")
    with pytest.raises(
        CheckpointError, match=r"finite float32 numbers; 2 of 864 in 'conv2\.weight' are not .*w\.pdparams"
    ):
        run(model={"pretrained": "w.pdparams"})
    assert not (home / "runs" / "r").exists()


def test_numbers_that_are_not_loaded_may_be_anything(home: Path) -> None:
    """The file's head, where the model has a new one."""
    arrays = dict(build("small_nets:paddle_net", home).state().model)
    save({**arrays, "fc.bias": np.full_like(arrays["fc.bias"], np.nan)}, home / "w.pdparams")
    made = build("small_nets:paddle_net", home, model={"pretrained": "w.pdparams"})
    assert np.isfinite(made.state().model["fc.bias"]).all()
