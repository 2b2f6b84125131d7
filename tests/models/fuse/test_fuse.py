"""A fused model has fewer layers and the same outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError, ConfigError
from datatool.models import fuse

paddle = pytest.importorskip("paddle")

from paddle import nn  # noqa: E402

from datatool.models._blocks_paddle import AsymmetricBlock, RepVGGBlock, with_asymmetric_blocks  # noqa: E402
from datatool.models._repvgg import repvgg_a0  # noqa: E402


def scatter_statistics(model: Any, *, seed: int = 0) -> None:
    """BatchNorms as after training: no mean is 0, no variance 1."""
    rng = np.random.default_rng(seed)
    for layer in model.sublayers(include_self=True):
        if isinstance(layer, nn.BatchNorm2D):
            size = layer._mean.shape
            layer._mean.set_value(paddle.to_tensor(rng.normal(0, 0.3, size).astype(np.float32)))
            layer._variance.set_value(paddle.to_tensor(rng.uniform(0.5, 1.5, size).astype(np.float32)))
            layer.weight.set_value(paddle.to_tensor(rng.uniform(0.5, 1.5, size).astype(np.float32)))
            layer.bias.set_value(paddle.to_tensor(rng.normal(0, 0.1, size).astype(np.float32)))


def count(model: Any, kind: Any) -> int:
    return sum(isinstance(layer, kind) for layer in model.sublayers(include_self=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "make",
    [
        lambda: RepVGGBlock(8, 8),
        lambda: RepVGGBlock(8, 8, groups=4),
        lambda: RepVGGBlock(8, 16, stride=2),
        lambda: RepVGGBlock(8, 8, squeeze_excite=True),
        lambda: AsymmetricBlock(8, 8),
        lambda: AsymmetricBlock(8, 16, stride=2, groups=2),
    ],
    ids=["plain", "grouped", "strided", "gated", "asymmetric", "asymmetric-strided-grouped"],
)
def test_a_merged_block_gives_the_same_outputs(make: Any, seed: int) -> None:
    paddle.seed(seed)
    block = make()
    scatter_statistics(block, seed=seed)
    block.eval()
    inputs = paddle.to_tensor(np.random.default_rng(seed).normal(size=(2, 8, 9, 9)).astype(np.float32))
    expected = block(inputs).numpy()

    block.merge_branches()

    assert count(block, nn.BatchNorm2D) == 0
    assert np.abs(block(inputs).numpy() - expected).max() / np.abs(expected).max() < 1e-5


def test_squeeze_and_excitation_is_kept_by_merging() -> None:
    block = RepVGGBlock(8, 8, squeeze_excite=True)
    gate = block.gate

    block.merge_branches()

    assert block.gate is gate


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


def test_fuse_merges_repvgg_into_its_published_size() -> None:
    fused = fuse(repvgg_a0(num_classes=1000), image_size=32)

    assert sum(int(parameter.size) for parameter in fused.parameters()) == 8_309_384  # the paper says 8.30 M


def test_asymmetric_blocks_start_as_the_convolutions_they_replace() -> None:
    model = paddle.vision.models.resnet18(num_classes=5)
    scatter_statistics(model)
    model.eval()
    images = paddle.to_tensor(np.random.default_rng(0).normal(size=(2, 3, 32, 32)).astype(np.float32))
    expected = model(images).numpy()

    replaced = with_asymmetric_blocks(model)

    model.eval()
    assert replaced == 16
    np.testing.assert_allclose(model(images).numpy(), expected, rtol=1e-4, atol=1e-4)


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
