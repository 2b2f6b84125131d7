"""Fewer, equal layers for inference: BatchNorm folded into the convolution before it, branches merged into one."""

from __future__ import annotations

import copy
import importlib
import sys
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError, ConfigError
from datatool.models.fuse._foldable import Pair, difference, foldable_pairs
from datatool.models.fuse._reparam import fold

TOLERANCE: Final = 1e-5  # float32 through some fifty layers stays under it; a wrong fold does not
_BASE_CLASS: Final = {"paddle": ("paddle.nn", "Layer"), "torch": ("torch.nn", "Module")}


def fuse(model: Any, /, *, image_size: int = 64, tolerance: float = TOLERANCE) -> Any:
    """A copy of a Paddle or torch model in evaluation mode, with the same outputs from fewer layers.

    Blocks with ``merge_branches()`` (RepVGG, ACNet) become single convolutions; a BatchNorm that takes a convolution's
    output is folded into it, where nothing else does. Squeeze-and-excitation and activations stay. Which BatchNorm
    follows which convolution is seen by running the model, not guessed from names.

    Args:
        model: Takes float32 (N, 3, image_size, image_size); left as it is.
        image_size: Side of the images it is traced and compared on.
        tolerance: Largest difference allowed, relative to the largest output.

    Raises:
        CheckpointError: If the outputs differ by more than ``tolerance``, or are not finite.
    """
    tools = _tools(model)
    images = np.random.default_rng(0).normal(size=(2, 3, image_size, image_size)).astype(np.float32)
    merged = copy.deepcopy(model)
    merged.eval()
    expected = tools.run(merged, images)
    if not np.isfinite(expected).all():
        raise CheckpointError("a model must give finite outputs to be fused; got NaN or infinity")
    for _, module in tools.modules(merged):
        if hasattr(module, "merge_branches"):
            module.merge_branches()
    pairs = foldable_pairs(tools, merged, images)

    def attempt(chosen: list[Pair]) -> tuple[Any, float]:
        fused = _folded(tools, merged, chosen)
        return fused, difference(tools.run(fused, images), expected)

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


def _folded(tools: Any, model: Any, pairs: list[Pair]) -> Any:
    """A copy with each pair's BatchNorm folded into its convolution."""
    folded = copy.deepcopy(model)
    named = dict(tools.modules(folded))
    for conv, norm in pairs:
        tools.write_kernel(named[conv], fold(tools.kernel_of(named[conv]), tools.norm_of(named[norm])))
        tools.replace_by_identity(folded, norm)
    return folded


def _tools(model: Any) -> Any:
    for framework, (home, name) in _BASE_CLASS.items():
        module = sys.modules.get(home)
        if module is not None and isinstance(model, getattr(module, name)):
            return importlib.import_module(f"datatool.models.fuse._convs_{framework}")
    raise ConfigError(f"a model to fuse must be a Paddle layer or a torch module; got {type(model).__name__}")
