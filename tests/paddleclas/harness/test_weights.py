"""Nets of PaddleClas beside ours: a file that PaddleClas saved gives the same logits, to the last bit."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.frameworks import open_framework
from datatool.models import find_head, load_pretrained, make_backbone
from datatool.runs import backbone_of

paddle = pytest.importorskip("paddle")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
CLASSES = 7
NAMES = [
    *("ResNet18_vd", "ResNet34_vd", "ResNet50_vd", "ResNet101_vd", "ResNet50", "ResNet101", "RepVGG_A0"),
    *(f"PPLCNet_x{scale}" for scale in ("0_25", "0_35", "0_5", "0_75", "1_0", "1_5", "2_0", "2_5")),
    *(f"MobileNetV3_{net}_x{scale}" for net in ("small", "large") for scale in ("0_35", "0_5", "0_75", "1_0", "1_25")),
]


def logits_of(model: Any) -> Any:
    """Of four fixed pictures of 3 x 224 x 224, in evaluation mode, float32."""
    model.eval()
    pictures = np.random.default_rng(1).normal(size=(4, 3, 224, 224)).astype(np.float32)
    with paddle.no_grad():
        return model(paddle.to_tensor(pictures)).numpy()


def scatter(model: Any) -> None:
    """Statistics of every kind of batch norm as after training."""
    chance = np.random.default_rng(0)
    for name, tensor in model.state_dict().items():
        if name.endswith("_mean"):
            tensor.set_value(paddle.to_tensor(chance.normal(0, 0.3, tensor.shape).astype(np.float32)))
        elif name.endswith("_variance"):
            tensor.set_value(paddle.to_tensor(chance.uniform(0.5, 1.5, tensor.shape).astype(np.float32)))


def difference(theirs: Any, name: str, folder: Path, *, backbone: str | None = None) -> float:
    """Largest absolute difference after a file of theirs was loaded into ours."""
    scatter(theirs)
    paddle.save(theirs.state_dict(), str(folder / "w.pdparams"))
    kit = open_framework("paddle")
    ours = make_backbone(backbone or backbone_of(name), framework="paddle", class_num=CLASSES, base=folder)
    report = load_pretrained(kit, ours, folder / "w", head=find_head(kit, ours), mode="keep")
    assert not report.missing
    assert not report.unexpected
    expected = logits_of(theirs)
    assert np.ptp(expected) > 0
    return float(np.abs(expected - logits_of(ours)).max())


@pytest.mark.parametrize("name", NAMES)
def test_a_net_of_today_gives_the_same_logits(checkout: Path, tmp_path: Path, name: str) -> None:
    """Built by PaddleClas itself, which is also what `paddleclas:NAME` is."""
    theirs = make_backbone(f"paddleclas:{name}", framework="paddle", class_num=CLASSES, base=tmp_path)
    assert difference(theirs, name, tmp_path) == 0.0


@pytest.mark.parametrize("name", ["ResNet18", "ResNet34", "MobileNetV2"])
def test_a_net_that_ours_is_not_is_built_by_paddleclas(checkout: Path, tmp_path: Path, name: str) -> None:
    """And its file is refused by the net of Paddle that has nearly the same name."""
    theirs = make_backbone(f"paddleclas:{name}", framework="paddle", class_num=CLASSES, base=tmp_path)
    assert backbone_of(name) == f"paddleclas:{name}"
    assert difference(theirs, name, tmp_path) == 0.0


@pytest.mark.parametrize(
    ("module", "name"),
    [
        *(("resnet_vd", f"ResNet{depth}_vd") for depth in (18, 34, 50, 101)),
        *(("resnet", f"ResNet{depth}") for depth in (50, 101)),
    ],
)
def test_a_net_of_release_2_0_gives_the_same_logits(tmp_path: Path, module: str, name: str) -> None:
    """By its names `conv1_1._conv` and `bb_0_0`; the checkout of that release is named by PADDLECLAS_20."""
    named = os.environ.get("PADDLECLAS_20")
    if not named:
        pytest.skip("PADDLECLAS_20 names no checkout of release 2.0 of PaddleClas")
    file = Path(named) / "ppcls" / "modeling" / "architectures" / f"{module}.py"
    spec = importlib.util.spec_from_file_location(f"clas_2_0_{module}", file)
    assert spec is not None
    assert spec.loader is not None
    home = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(home)
    with paddle.utils.unique_name.guard():
        theirs = getattr(home, name)(class_dim=CLASSES)
    assert difference(theirs, name, tmp_path) == 0.0
