"""Costs against hand-computed values and a published table."""

from __future__ import annotations

from typing import Any

import pytest

from datatool.deploy import Cost, conv_macs, count, linear_macs

paddle = pytest.importorskip("paddle")


def cost_of(model: Any, size: int, *, shape: tuple[int, ...] | None = None) -> Cost:
    from datatool.frameworks import PaddleFramework

    model.eval()
    return count(PaddleFramework(), model, paddle.zeros(shape or [1, 3, size, size]))


def torch_cost_of(model: Any, shape: tuple[int, ...]) -> Cost:
    import torch

    from datatool.frameworks import TorchFramework

    model.eval()
    return count(TorchFramework(), model, torch.zeros(shape))


def test_a_convolution_costs_its_kernel_at_every_output() -> None:
    assert conv_macs((64, 3, 7, 7), (1, 64, 112, 112)) == 64 * 112 * 112 * 3 * 7 * 7


def test_a_grouped_convolution_costs_one_group_at_every_output() -> None:
    assert conv_macs((8, 2, 3, 3), (1, 8, 5, 4)) == 8 * 5 * 4 * 2 * 3 * 3


def test_a_linear_layer_costs_inputs_times_outputs() -> None:
    assert linear_macs(512, (1, 1000)) == 512_000
    assert linear_macs(16, (1, 7, 4)) == 7 * 16 * 4


def test_a_small_net_is_counted_by_hand() -> None:
    net = paddle.nn.Sequential(
        paddle.nn.Conv2D(3, 4, 3, padding=1, bias_attr=False),  # 6 x 6
        paddle.nn.BatchNorm2D(4),
        paddle.nn.Conv2D(4, 8, 3, stride=2, padding=1, groups=2),  # 3 x 3
        paddle.nn.AdaptiveAvgPool2D(1),
        paddle.nn.Flatten(),
        paddle.nn.Linear(8, 5),
    )

    cost = cost_of(net, 6)

    conv1, conv2, fc = 4 * 36 * 27, 8 * 9 * 2 * 9, 8 * 5
    assert cost.macs == conv1 + conv2 + fc
    assert cost.flops == 2 * cost.macs
    assert cost.params == 4 * 27 + 2 * 4 + (8 * 2 * 9 + 8) + (8 * 5 + 5)
    assert cost.head_params == 45
    assert cost.activation_bytes_training == 4 * (144 + 144 + 72 + 8 + 8 + 5)
    assert cost.activation_bytes_inference == 4 * (144 + 144)


@pytest.mark.parametrize(
    ("name", "macs", "params"),
    [  # torchvision's model table: GFLOPS (which are MACs) and parameters
        ("resnet18", 1.81e9, 11_689_512),
        ("resnet50", 4.09e9, 25_557_032),
        ("mobilenet_v3_small", 0.06e9, 2_542_856),
    ],
)
def test_models_cost_what_a_published_table_says(name: str, macs: float, params: int) -> None:
    cost = cost_of(getattr(paddle.vision.models, name)(num_classes=1000), 224)

    assert cost.macs == pytest.approx(macs, abs=0.005e9)
    assert cost.params == params


def test_a_transposed_convolution_costs_its_kernel_at_every_input() -> None:
    expected = (3 * 4 * 4) * 8 * 2 * 2

    assert cost_of(paddle.nn.Conv2DTranspose(3, 8, 2, stride=2), 4).macs == expected
    assert cost_of(paddle.nn.Conv2DTranspose(3, 3, 2, stride=2), 4).macs == (3 * 4 * 4) * 3 * 2 * 2
    nn = pytest.importorskip("torch").nn
    assert torch_cost_of(nn.ConvTranspose2d(3, 8, 2, stride=2), (1, 3, 4, 4)).macs == expected
    assert torch_cost_of(nn.ConvTranspose2d(4, 8, 3, groups=2), (1, 4, 5, 5)).macs == (4 * 5 * 5) * (8 // 2) * 3 * 3


def test_channels_last_cost_the_same() -> None:
    layer = paddle.nn.Conv2D(3, 8, 3, padding=1, data_format="NHWC")

    assert cost_of(layer, 0, shape=(1, 6, 6, 3)).macs == 8 * 6 * 6 * 3 * 3 * 3


def test_convolutions_over_one_and_three_axes_are_counted() -> None:
    nn = pytest.importorskip("torch").nn

    assert torch_cost_of(nn.Conv1d(3, 8, 3), (1, 3, 12)).macs == 8 * 10 * 3 * 3
    assert torch_cost_of(nn.Conv3d(2, 4, 2), (1, 2, 3, 3, 3)).macs == 4 * 8 * 2 * 8
    assert cost_of(paddle.nn.Conv1D(3, 8, 3), 0, shape=(1, 3, 12)).macs == 8 * 10 * 3 * 3


def test_windows_moved_into_the_batch_are_all_counted() -> None:
    net = paddle.nn.Sequential(paddle.nn.Unflatten(0, [4, 1]), paddle.nn.Flatten(2), paddle.nn.Linear(9, 5))

    assert cost_of(net, 0, shape=(4, 3, 3)).macs == 4 * 9 * 5


def test_attention_costs_its_four_projections() -> None:
    nn = pytest.importorskip("torch").nn

    class SelfAttention(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(16, 2, kdim=6, vdim=5, batch_first=True)

        def forward(self, tokens: Any) -> Any:
            return self.attention(tokens, tokens[:, :3, :6], tokens[:, :3, :5])[0]

    cost = torch_cost_of(SelfAttention(), (1, 10, 16))

    assert cost.macs == 10 * 16 * 16 + 3 * 6 * 16 + 3 * 5 * 16 + 10 * 16 * 16


def test_a_transformer_layer_costs_attention_and_both_linear_layers() -> None:
    import torch

    block = torch.nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)

    assert torch_cost_of(block, (1, 10, 16)).macs == 10 * (4 * 16 * 16 + 2 * 16 * 32)
    assert torch.backends.mha.get_fastpath_enabled()
    same = paddle.nn.TransformerEncoderLayer(16, 2, 32)
    assert cost_of(same, 0, shape=(1, 10, 16)).macs == 10 * (4 * 16 * 16 + 2 * 16 * 32)


def test_shared_weights_are_parameters_once_and_multiplications_twice() -> None:
    nn = pytest.importorskip("torch").nn
    first, second = (nn.Conv2d(3, 3, 3, padding=1, bias=False) for _ in range(2))
    second.weight = first.weight
    paddle_first, paddle_second = (paddle.nn.Conv2D(3, 3, 3, padding=1, bias_attr=False) for _ in range(2))
    paddle_second.weight = paddle_first.weight

    for cost in (
        torch_cost_of(nn.Sequential(first, second), (1, 3, 4, 4)),
        cost_of(paddle.nn.Sequential(paddle_first, paddle_second), 4),
    ):
        assert cost.params == 81
        assert cost.macs == 2 * (4 * 4) * 81
