"""Both frameworks answer the same questions about the same layers with the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from datatool.frameworks import Framework, Kernel, open_framework

CONV, NORM, RELU, LINEAR = "0", "1", "2", "3"


@pytest.fixture(params=["paddle", "torch"])
def framework(request: pytest.FixtureRequest) -> Framework:
    pytest.importorskip(request.param)
    return open_framework(request.param)


@pytest.fixture
def net(framework: Framework) -> Any:
    """A convolution without bias, a BatchNorm, a ReLU and a linear layer over the last axis."""
    nn = pytest.importorskip(framework.name).nn
    in_paddle = hasattr(nn, "Conv2D")
    conv = nn.Conv2D(3, 4, 3, bias_attr=False) if in_paddle else nn.Conv2d(3, 4, 3, bias=False)
    norm = nn.BatchNorm2D(4) if in_paddle else nn.BatchNorm2d(4)
    made = nn.Sequential(conv, norm, nn.ReLU(), nn.Linear(6, 5))
    made.eval()
    return made


@pytest.fixture
def images() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)


def test_modules_are_told_apart(framework: Framework, net: Any) -> None:
    named = dict(framework.modules(net))
    assert list(named) == ["", CONV, NORM, RELU, LINEAR]
    assert [name for name, module in named.items() if framework.is_conv(module)] == [CONV]
    assert [name for name, module in named.items() if framework.is_foldable_norm(module)] == [NORM]
    assert [name for name, module in named.items() if framework.is_batch_norm(module)] == [NORM]
    assert [name for name, module in named.items() if framework.is_linear(module)] == [LINEAR]
    assert framework.is_sequential(net)
    assert framework.is_module(net)
    assert not framework.is_module(framework.own_parameters(named[CONV])["weight"])


def test_a_convolution_takes_a_kernel_with_a_bias_that_it_lacked(framework: Framework, net: Any) -> None:
    conv = dict(framework.modules(net))[CONV]
    rng = np.random.default_rng(1)
    expected = Kernel(weight=rng.normal(size=(4, 3, 3, 3)), bias=rng.normal(size=4))

    framework.write_kernel(conv, expected)

    actual = framework.kernel_of(conv)
    np.testing.assert_allclose(actual.weight, expected.weight, rtol=1e-6)
    np.testing.assert_allclose(actual.bias, expected.bias, rtol=1e-6)


def test_a_fresh_norm_is_the_identity_but_for_epsilon(framework: Framework, net: Any) -> None:
    norm = framework.norm_of(dict(framework.modules(net))[NORM])
    assert [norm.gamma.tolist(), norm.beta.tolist()] == [[1.0] * 4, [0.0] * 4]
    assert [norm.mean.tolist(), norm.variance.tolist(), norm.epsilon] == [[0.0] * 4, [1.0] * 4, 1e-5]


def test_what_hooks_return_replaces_inputs_and_outputs_until_they_are_removed(
    framework: Framework, net: Any, images: np.ndarray[Any, Any]
) -> None:
    conv = dict(framework.modules(net))[CONV]
    expected = framework.run(net, images)
    zeros = framework.tensor(np.zeros((2, 3, 8, 8), np.float32))

    removers = [framework.before_forward(conv, lambda inputs: (zeros,)), framework.on_forward(conv, lambda _, y: y + 1)]

    assert framework.has_hooks(conv)
    assert np.array_equal(framework.run(conv, images), np.ones((2, 4, 6, 6), np.float32))
    for remove in removers:
        remove()
    assert not framework.has_hooks(conv)
    assert np.array_equal(framework.run(net, images), expected)


def test_inputs_are_of_the_type_of_the_model(framework: Framework, net: Any, images: np.ndarray[Any, Any]) -> None:
    expected = framework.run(net, images)
    double = net.double() if hasattr(net, "double") else net.to(dtype="float64")

    actual = framework.run(double, images)

    assert actual.dtype == np.float64
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_replaced_module_comes_back_and_an_identity_changes_nothing(
    framework: Framework, net: Any, images: np.ndarray[Any, Any]
) -> None:
    expected = framework.run(net, images)
    norm = dict(framework.modules(net))[NORM]

    assert framework.replace(net, NORM, framework.identity()) is norm
    np.testing.assert_allclose(framework.run(net, images), expected, atol=1e-4)
    framework.replace(net, NORM, norm)
    assert np.array_equal(framework.run(net, images), expected)


def test_layers_that_multiply_by_a_weight_are_counted(framework: Framework, net: Any) -> None:
    named = dict(framework.modules(net))
    conv, linear = framework.macs_of(named[CONV]), framework.macs_of(named[LINEAR])
    assert conv is not None
    assert linear is not None
    output = np.zeros((1, 4, 6, 6))
    assert conv((np.zeros((1, 3, 8, 8)),), output) == 4 * 6 * 6 * 3 * 3 * 3
    assert linear((output,), np.zeros((1, 4, 6, 5))) == 4 * 6 * 5 * 6
    assert [framework.macs_of(named[name]) for name in ("", NORM, RELU)] == [None] * 3


def test_the_chosen_classes_of_a_classifier_are_held(framework: Framework, net: Any) -> None:
    parameters = framework.own_parameters(dict(framework.modules(net))[LINEAR])
    before = {name: framework.array(tensor) for name, tensor in parameters.items()}
    held = np.array([True, False, True, False, False])
    for name, tensor in parameters.items():
        framework.assign(tensor, before[name] + 1)

    for name, tensor in parameters.items():
        framework.hold_rows(tensor, before[name], held)

    for name, tensor in parameters.items():
        moved = np.moveaxis(framework.array(tensor) - before[name], framework.layout.class_axis, 0)
        np.testing.assert_allclose(moved.reshape(5, -1).mean(axis=1), [0, 1, 0, 1, 1], atol=1e-6)
