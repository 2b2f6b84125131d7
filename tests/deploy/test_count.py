"""Costs against hand-computed values and a published table."""

from __future__ import annotations

from typing import Any

import pytest

from datatool.deploy import Cost, conv_macs, count, linear_macs

paddle = pytest.importorskip("paddle")


def cost_of(model: Any, size: int) -> Cost:
    from datatool.training._kit_paddle import PaddleKit

    model.eval()
    return count(PaddleKit(), model, paddle.zeros([1, 3, size, size]))


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
