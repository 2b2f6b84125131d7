"""Nets of PaddleClas in our training: frozen layers stay, a frozen prefix is cut, exports are verified."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import yaml

from datatool.deploy import export
from datatool.trainers import ModuleTrainer
from datatool.training import train
from tests.helpers.nets import build, changed, steps
from tests.helpers.runs import BASE
from tests.helpers.training_lists import write_lists

pytest.importorskip("paddle")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    ("name", "until", "frozen"),
    [
        ("ResNet18", "blocks.4", ("stem.", "blocks.0.", "blocks.3.")),
        ("PPLCNet_x0_25", "blocks5", ("conv1.", "blocks4.")),
    ],
)
def test_frozen_layers_stay_with_their_statistics(
    checkout: Path, home: Path, name: str, until: str, frozen: tuple[str, ...]
) -> None:
    """Weights and batch-norm statistics alike; the rest trains."""
    made = build(f"paddleclas:{name}", home, model={"freeze": f"until:{until}"})
    before = {key: value.copy() for key, value in made.state().model.items()}
    steps(made)
    moved = changed(before, made.state().model)
    assert [] == [key for key in moved if key.startswith(frozen)]
    assert any(key.startswith("blocks") for key in moved)
    assert any(key.endswith("_mean") for key in moved)


@pytest.mark.parametrize(
    "backbone",
    ["paddleclas:ResNet18", "paddleclas:PPLCNet_x0_25", "datatool:pplcnet_x0_25", "datatool:mobilenetv3_small_x0_35"],
)
def test_a_frozen_prefix_is_cut_and_the_model_exported(
    checkout: Path, tmp_path: Path, backbone: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Features of compiled layers are kept, and what is exported predicts as the run does."""
    monkeypatch.setattr(ModuleTrainer, "passes_to_compile", lambda *_: 0)
    write_lists(tmp_path)
    recipe = {
        **BASE,
        "model": {"backbone": backbone, "freeze": "backbone"},
        "data": {**BASE["data"], "train": "train.txt", "strategy": "oversample", "image_size": 32, "eval_resize": None}
        | {"views": 1},
        "run": {"epochs": 1, "trainer": "paddle", "feature_cache": "on"},
    }
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(recipe))
    with caplog.at_level(logging.INFO):
        run = train(tmp_path / "r.yaml")
    assert "no feature cache" not in caplog.text
    for name in ("paddle", "pdparams"):
        done = export(run, out=tmp_path / name, format=name)
        assert done.meta.verified.same_top1 == done.meta.verified.images
        assert done.meta.verified.max_abs_diff < 1e-3
