"""Weight files: which framework's layout they have, and kinds of numbers that numpy has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from datatool.errors import CheckpointError
from datatool.models import read_weights
from tests.helpers.nets import build
from tests.helpers.runs import Run

LINEARS = {
    "paddle": """
from paddle import nn

def {name}(num_classes):
    return nn.Sequential(("conv", nn.Conv2D(3, 8, 16)), ("flat", nn.Flatten()), ("mid", nn.Linear(8, {width})),
                         ("fc", nn.Linear({width}, num_classes)))
""",
    "torch": """
from collections import OrderedDict
from torch import nn

def {name}(num_classes):
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 8, 16), flat=nn.Flatten(), mid=nn.Linear(8, {width}),
                                     fc=nn.Linear({width}, num_classes)))
""",
}


def linears(framework: str, width: int, home: Path, **model: Any) -> Any:
    """A net without batch norm, whose middle layer may be square."""
    name = f"{framework}_{width}"
    (home / f"{name}.py").write_text(LINEARS[framework].format(name=name, width=width))
    return build(f"{name}:{name}", home, trainer=framework, model=model, data={"image_size": 16})


@pytest.mark.parametrize("source", ["paddle", "torch"])
@pytest.mark.parametrize(("width", "stated"), [(8, True), (12, True), (12, False)])
def test_linear_weights_of_safetensors_cross_between_the_frameworks(
    home: Path, source: str, width: int, stated: bool
) -> None:
    """By what the file's metadata state, as others and our own runs write them; else by a shape that is not square."""
    made = linears(source, width, home)
    arrays = made.state().model
    metadata = {"format": {"paddle": "pd", "torch": "pt"}[source]} if stated else None
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, home / "w.safetensors", metadata)
    for target in ("paddle", "torch"):
        loaded = linears(target, width, home, pretrained="w.safetensors", head="keep").state().model
        for name, array in arrays.items():
            turned = target != source and name in ("mid.weight", "fc.weight")
            assert np.array_equal(loaded[name], array.T if turned else array), (target, name)


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_a_checkpoint_states_its_framework(run: Run, trainer: str) -> None:
    """As other libraries spell it."""
    model = {"backbone": f"small_nets:{trainer}_net"}
    folder = run(model=model, data={"val": None}, run={"trainer": trainer, "epochs": 1})
    with safe_open(str(folder / "checkpoints" / "step_5" / "model.safetensors"), framework="np") as file:
        assert file.metadata() == {"format": {"paddle": "pd", "torch": "pt"}[trainer]}


def test_bfloat16_is_read_as_float32(home: Path) -> None:
    """From safetensors and from what Paddle saves, beside other tensors; a kind that numpy has nothing for is named."""
    import paddle

    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_torch

    values = np.array([[1.5, -2.0, 0.0], [3.0, 1e30, 0.5]], np.float32)
    half = torch.from_numpy(values).bfloat16()
    save_torch({"a": half, "b": torch.ones(2)}, home / "w.safetensors")
    paddle.save({"a": paddle.to_tensor(values).astype("bfloat16")}, str(home / "w.pdparams"))
    for name in ("w.safetensors", "w.pdparams"):
        found = read_weights(home / name).arrays["a"]
        assert found.dtype == np.float32
        assert np.array_equal(found, half.float().numpy())
    assert read_weights(home / "w.safetensors").arrays["b"].tolist() == [1, 1]
    save_torch({"a": half.to(torch.float8_e4m3fn)}, home / "e.safetensors")
    with pytest.raises(CheckpointError, match="'a' is F8_E4M3"):
        read_weights(home / "e.safetensors")
