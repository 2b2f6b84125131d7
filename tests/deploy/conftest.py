from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from datatool.deploy import export
from datatool.training import train
from tests.helpers.runs import BASE
from tests.helpers.training_lists import BACKBONES, write_lists


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run of the paddle trainer, one folder above it `val.txt`; not to be changed."""
    pytest.importorskip("paddle")
    return _train(tmp_path_factory.mktemp("trained"), {"backbone": "small_nets:paddle_net"}, "paddle")


@pytest.fixture(scope="session")
def trained_torch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of the torch trainer."""
    pytest.importorskip("torch")
    return _train(tmp_path_factory.mktemp("trained_torch"), {"backbone": "small_nets:torch_net"}, "torch")


@pytest.fixture(scope="session")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the paddle trainer as a model folder; not to be changed."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    export(trained, out=folder)
    return folder


def _train(folder: Path, model: dict[str, str], trainer: str) -> Path:
    write_lists(folder)
    (folder / "small_nets.py").write_text(BACKBONES.read_text())
    recipe = {
        **BASE,
        "model": model,
        "data": {**BASE["data"], "train": "train.txt", "strategy": "oversample"},
        "run": {"epochs": 2, "trainer": trainer},
    }
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(recipe))
    return train(file)
