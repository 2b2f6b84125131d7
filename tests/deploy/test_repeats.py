"""What draws random numbers in evaluation mode is told as that, and not as a fault of fusing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from datatool.deploy import export
from datatool.errors import CheckpointError
from datatool.models import fuse
from datatool.training import train
from tests.helpers.runs import BASE
from tests.helpers.training_lists import write_lists

NET = """
from {framework} import nn


class Forgetful(nn.{base}):
    def __init__(self, class_num):
        super().__init__()
        self.conv = nn.{conv}(3, 8, 3, padding=1)
        self.norm = nn.{norm}(8)
        self.fc = nn.Linear(8, class_num)

    def forward(self, x):
        x = self.norm(self.conv(x)).flatten(2).mean(-1)
        return self.fc(nn.functional.dropout(x, 0.5))
"""
LAYERS = {"paddle": ("Layer", "Conv2D", "BatchNorm2D"), "torch": ("Module", "Conv2d", "BatchNorm2d")}
CAUSE = "it draws random numbers then.*dropout as a function needs training=self.training"


@pytest.mark.parametrize(("trainer", "formats"), [("paddle", ["paddle", "pdparams"]), ("torch", ["onnx"])])
def test_functional_dropout_is_named_as_the_cause(tmp_path: Path, trainer: str, formats: list[str]) -> None:
    """By `fuse`, and by an export to every format; nothing is left behind."""
    write_lists(tmp_path)
    base, conv, norm = LAYERS[trainer]
    (tmp_path / "nets.py").write_text(NET.format(framework=trainer, base=base, conv=conv, norm=norm))
    data: dict[str, Any] = {**BASE["data"], "train": "train.txt", "strategy": "natural"}
    recipe = {**BASE, "model": {"backbone": "nets:Forgetful"}, "data": data}
    recipe["run"] = {"epochs": 1, "trainer": trainer}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(recipe))
    run = train(tmp_path / "r.yaml")
    for name in formats:
        with pytest.raises(CheckpointError, match=CAUSE):
            export(run, out=tmp_path / "model", format=name)
        assert not (tmp_path / "model").exists()


def test_fuse_says_so_too() -> None:
    """Of a model that nobody trained."""
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):  # type: ignore[name-defined]
        def forward(self, x: Any) -> Any:
            return torch.nn.functional.dropout(x.mean((2, 3)), 0.5) + self.bias

    net = Net()
    net.bias = torch.nn.Parameter(torch.zeros(3))
    with pytest.raises(CheckpointError, match=CAUSE):
        fuse(net)
