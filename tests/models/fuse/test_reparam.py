"""Folded kernels equal the branches they stand for, by a direct convolution in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from datatool.frameworks import Kernel, Norm, kernel
from datatool.models.fuse._reparam import add, centre, fold, identity


def convolve(images: NDArray[np.float64], conv: Kernel, *, groups: int = 1, stride: int = 1) -> NDArray[np.float64]:
    """Direct cross-correlation with 'same' padding of odd kernels; (N, C, H, W)."""
    out, per_group, height, width = conv.weight.shape
    padded = np.pad(images, ((0, 0), (0, 0), (height // 2,) * 2, (width // 2,) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    outputs = []
    for channel in range(out):
        group = channel // (out // groups)
        part = windows[:, group * per_group : (group + 1) * per_group]
        outputs.append(np.einsum("nchwij,cij->nhw", part, conv.weight[channel]) + conv.bias[channel])
    return np.stack(outputs, axis=1)


def random_norm(rng: np.random.Generator, channels: int) -> Norm:
    return Norm(
        gamma=rng.normal(1, 0.3, channels),
        beta=rng.normal(0, 1, channels),
        mean=rng.normal(0, 1, channels),
        variance=rng.uniform(0.1, 3, channels),
        epsilon=1e-5,
    )


def normalise(images: NDArray[np.float64], norm: Norm) -> NDArray[np.float64]:
    def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values[None, :, None, None]

    return spread(norm.gamma) * (images - spread(norm.mean)) / np.sqrt(spread(norm.variance) + norm.epsilon) + spread(
        norm.beta
    )


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_folded_convolution_equals_the_normalised_one(groups: int, stride: int) -> None:
    rng = np.random.default_rng(groups * 10 + stride)
    images = rng.normal(size=(2, 4, 7, 7))
    conv = kernel(rng.normal(size=(8, 4 // groups, 3, 3)), rng.normal(size=8))
    norm = random_norm(rng, 8)

    expected = normalise(convolve(images, conv, groups=groups, stride=stride), norm)
    actual = convolve(images, fold(conv, norm), groups=groups, stride=stride)

    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_identity_kernel_returns_its_input(groups: int) -> None:
    images = np.random.default_rng(0).normal(size=(2, 4, 5, 5))

    np.testing.assert_array_equal(convolve(images, identity(4, groups=groups), groups=groups), images)


def test_a_sum_of_kernels_of_different_sizes_equals_the_sum_of_their_outputs() -> None:
    rng = np.random.default_rng(1)
    images = rng.normal(size=(2, 3, 9, 9))
    parts = [kernel(rng.normal(size=(3, 3, h, w)), rng.normal(size=3)) for h, w in [(3, 3), (1, 3), (3, 1), (1, 1)]]

    expected = sum(convolve(images, part) for part in parts)

    np.testing.assert_allclose(convolve(images, add(parts)), expected, rtol=1e-12)


def test_a_centred_kernel_keeps_the_outputs() -> None:
    rng = np.random.default_rng(2)
    images = rng.normal(size=(1, 2, 6, 6))
    conv = kernel(rng.normal(size=(2, 2, 1, 3)))

    np.testing.assert_allclose(convolve(images, centre(conv, (5, 5))), convolve(images, conv), rtol=1e-12)
