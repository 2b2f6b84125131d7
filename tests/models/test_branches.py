"""Branches of ACNet in a net that has none."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.models import add_branches
from tests.helpers.paddle_layers import scatter_statistics

paddle = pytest.importorskip("paddle")


def test_asymmetric_blocks_start_as_the_convolutions_they_replace() -> None:
    model = paddle.vision.models.resnet18(num_classes=5)
    scatter_statistics(model)
    model.eval()
    images = paddle.to_tensor(np.random.default_rng(0).normal(size=(2, 3, 32, 32)).astype(np.float32))
    expected = model(images).numpy()

    replaced = add_branches("paddle", model)

    model.eval()
    assert replaced == 16
    np.testing.assert_allclose(model(images).numpy(), expected, rtol=1e-4, atol=1e-4)
