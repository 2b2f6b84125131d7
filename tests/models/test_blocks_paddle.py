"""A block with merged branches gives the same outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers.paddle_layers import count, scatter_statistics

paddle = pytest.importorskip("paddle")

from paddle import nn  # noqa: E402

from datatool.models._blocks_paddle import AsymmetricBlock, RepVGGBlock  # noqa: E402


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
