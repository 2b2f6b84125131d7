"""A fused model has fewer layers and the same outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError, ConfigError
from datatool.models import fuse, make_backbone
from tests.helpers.paddle_layers import count, scatter_statistics

paddle = pytest.importorskip("paddle")

from paddle import nn  # noqa: E402


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small"])
def test_fuse_folds_every_batch_norm_that_follows_a_convolution(name: str) -> None:
    model = getattr(paddle.vision.models, name)(num_classes=5)
    scatter_statistics(model)

    assert count(fuse(model), nn.BatchNorm2D) == 0


def test_fuse_leaves_the_model_it_was_given_as_it_is() -> None:
    model = paddle.vision.models.resnet18(num_classes=5)
    model.train()
    before = {name: value.numpy() for name, value in model.state_dict().items()}

    fuse(model)

    assert model.training
    after = {name: value.numpy() for name, value in model.state_dict().items()}
    assert list(before) == list(after)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_fuse_merges_repvgg_into_its_published_size(tmp_path: Path) -> None:
    model = make_backbone("datatool:repvgg_a0", framework="paddle", class_num=1000, base=tmp_path)
    fused = fuse(model, image_size=32)

    assert sum(int(parameter.size) for parameter in fused.parameters()) == 8_309_384  # the paper says 8.30 M


class _TwiceUsed(nn.Layer):
    """A convolution whose output passes a BatchNorm and also goes around it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2D(3, 4, 3)
        self.stem_bn = nn.BatchNorm2D(4)
        self.conv = nn.Conv2D(4, 4, 3, padding=1)
        self.bn = nn.BatchNorm2D(4)

    def forward(self, images: Any) -> Any:
        outputs = self.conv(self.stem_bn(self.stem(images)))
        return (self.bn(outputs) + outputs).mean(axis=[2, 3])


def test_fuse_leaves_a_batch_norm_alone_whose_input_goes_elsewhere_too() -> None:
    model = _TwiceUsed()
    scatter_statistics(model)

    fused = fuse(model)

    assert isinstance(fused.bn, nn.BatchNorm2D)
    assert isinstance(fused.stem_bn, nn.Identity)


class _Unsteady(nn.Layer):
    """Another output at every call, as with dropout left on."""

    def forward(self, images: Any) -> Any:
        return paddle.randn([2, 4])


def test_fuse_refuses_a_model_whose_outputs_it_cannot_keep() -> None:
    with pytest.raises(CheckpointError, match="must give the same outputs"):
        fuse(_Unsteady())


def test_fuse_refuses_what_is_no_model() -> None:
    with pytest.raises(ConfigError, match="got int"):
        fuse(3)


def test_fuse_folds_a_torch_model_too() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, bias=False),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
    )
    torch.nn.init.uniform_(model[1].running_mean)

    fused = fuse(model)

    assert isinstance(fused[1], torch.nn.Identity)
