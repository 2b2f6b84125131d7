"""Fewer, equal layers for inference: BatchNorm folded into the convolution before it, branches merged into one."""

from __future__ import annotations

import copy
from typing import Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import Array, Framework, Module, framework_of
from datatool.models.fuse._foldable import Pair, difference, foldable_pairs
from datatool.models.fuse._reparam import fold

TOLERANCE: Final = 1e-5  # float32 through some fifty layers stays under it; a wrong fold does not


def fuse(model: Module, /, *, image_size: int = 64, tolerance: float = TOLERANCE) -> Module:
    """A copy of a Paddle or torch model in evaluation mode, with the same outputs from fewer layers.

    Blocks with ``merge_branches()`` (RepVGG, ACNet) become single convolutions; a BatchNorm that takes a convolution's
    output is folded into it, where nothing else does. Squeeze-and-excitation and activations stay. Which BatchNorm
    follows which convolution is seen by running the model, not guessed from names.

    Args:
        model: Takes float32 (N, 3, image_size, image_size); left as it is.
        image_size: Side of the images it is traced and compared on.
        tolerance: Largest difference allowed, relative to the largest output.

    Raises:
        CheckpointError: If the outputs differ by more than ``tolerance``, are not finite, or differ between two calls.
        ConfigError: If it is a model of neither framework.
    """
    framework = framework_of(model)
    images = np.random.default_rng(0).normal(size=(2, 3, image_size, image_size)).astype(np.float32)
    merged = copy.deepcopy(model)
    merged.eval()
    expected = framework.run(merged, images)
    if not np.isfinite(expected).all():
        raise CheckpointError("a model must give finite outputs to be fused; got NaN or infinity")
    check_repeats(expected, framework.run(merged, images))
    for _, module in framework.modules(merged):
        if hasattr(module, "merge_branches"):
            module.merge_branches()
    pairs = foldable_pairs(framework, merged, images)

    def attempt(chosen: list[Pair]) -> tuple[Module, float]:
        fused = _folded(framework, merged, chosen)
        return fused, difference(framework.run(fused, images), expected)

    fused, off = attempt(pairs)
    if not off <= tolerance:  # some layer is not what its class says
        pairs = [pair for pair in pairs if attempt([pair])[1] <= tolerance]
        fused, off = attempt(pairs)
    while pairs and not off <= tolerance:  # rounding adds up
        pairs = pairs[: len(pairs) // 2]
        fused, off = attempt(pairs)
    if not off <= tolerance:
        raise CheckpointError(f"a fused model must give the same outputs within {tolerance:g}; got {off:.3g}")
    return fused


def check_repeats(first: Array, second: Array, /, *, tolerance: float = TOLERANCE) -> None:
    """Whether a model in evaluation mode gave the same outputs for the same pictures twice, relative to the largest.

    Raises:
        CheckpointError: If not: layers that draw random numbers then can be neither fused nor compared.
    """
    off = difference(second, first)
    if off > tolerance:
        raise CheckpointError(
            "a model in evaluation mode must give the same outputs for the same pictures; two calls differ by "
            f"{off:.2g} of the largest, so that it draws random numbers then",
            hint="dropout as a function needs training=self.training; or use the layer, which follows the mode",
        )


def _folded(framework: Framework, model: Module, pairs: list[Pair]) -> Module:
    """A copy with each pair's BatchNorm folded into its convolution."""
    folded = copy.deepcopy(model)
    named = dict(framework.modules(folded))
    for conv, norm in pairs:
        numbers = fold(framework.kernel_of(named[conv]), framework.norm_of(named[norm]))
        framework.write_kernel(named[conv], numbers)
        framework.replace(folded, norm, framework.identity())
    return folded
