"""Fewer, equal layers for inference: BatchNorm folded into the convolution before it, branches merged into one."""

from __future__ import annotations

import copy
import importlib
import sys
from collections import Counter
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError, ConfigError
from datatool.training._reparam import fold

TOLERANCE: Final = 1e-4  # float32 through some fifty layers; a wrong fold is off by 1e-2 and more
_BASE_CLASS: Final = {"paddle": ("paddle.nn", "Layer"), "torch": ("torch.nn", "Module")}


def fuse(model: Any, /, *, image_size: int = 64, tolerance: float = TOLERANCE) -> Any:
    """A copy of a Paddle or torch model in evaluation mode, with the same outputs from fewer layers.

    Blocks with ``merge_branches()`` (RepVGG, ACNet) become single convolutions; a BatchNorm that takes a convolution's
    output is folded into it. Squeeze-and-excitation and activations stay. Which BatchNorm follows which convolution is
    seen by running the model once, not guessed from names.

    Args:
        model: Takes float32 (N, 3, image_size, image_size); left as it is.
        image_size: Side of the images it is traced and compared on.
        tolerance: Largest difference allowed, relative to the largest output.

    Raises:
        CheckpointError: If the outputs differ by more than ``tolerance``.
    """
    tools = _tools(model)
    images = np.random.default_rng(0).normal(size=(2, 3, image_size, image_size)).astype(np.float32)
    merged = copy.deepcopy(model)
    merged.eval()
    expected = tools.run(merged, images)
    for _, module in tools.modules(merged):
        if hasattr(module, "merge_branches"):
            module.merge_branches()
    pairs = _followed(tools, merged, images)
    fused = _folded(tools, merged, pairs)
    if _difference(tools.run(fused, images), expected) > tolerance:  # some convolution's output goes elsewhere too
        alone = [(pair, tools.run(_folded(tools, merged, [pair]), images)) for pair in pairs]
        pairs = [pair for pair, outputs in alone if _difference(outputs, expected) <= tolerance]
        fused = _folded(tools, merged, pairs)
    difference = _difference(tools.run(fused, images), expected)
    if not difference <= tolerance:
        raise CheckpointError(f"a fused model must give the same outputs within {tolerance:g}; got {difference:.3g}")
    return fused


def _folded(tools: Any, model: Any, pairs: list[tuple[str, str]]) -> Any:
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
            return importlib.import_module(f"datatool.training._convs_{framework}")
    raise ConfigError(f"a model to fuse must be a Paddle layer or a torch module; got {type(model).__name__}")


def _followed(tools: Any, model: Any, images: Any) -> list[tuple[str, str]]:
    """Names of a convolution and of the BatchNorm whose input is the very output of the former, both called once."""
    made: dict[int, tuple[str, Any]] = {}  # id of an output -> convolution and output, kept alive: ids stay unique
    calls: Counter[str] = Counter()
    pairs: list[tuple[str, str]] = []

    def watch(name: str, is_conv: bool) -> Any:
        def hook(_: Any, inputs: Any, output: Any) -> None:
            calls[name] += 1
            if is_conv:
                made[id(output)] = (name, output)
            elif id(inputs[0]) in made:
                pairs.append((made[id(inputs[0])][0], name))

        return hook

    handles = [
        tools.on_forward(module, watch(name, tools.is_conv(module)))
        for name, module in tools.modules(model)
        if tools.is_conv(module) or tools.is_norm(module)
    ]
    try:
        tools.run(model, images)
    finally:
        for handle in handles:
            handle.remove()
    return [(conv, norm) for conv, norm in pairs if calls[conv] == calls[norm] == 1]


def _difference(actual: Any, expected: Any) -> float:
    """Largest difference, relative to the largest expected value."""
    return float(np.abs(actual - expected).max() / max(np.abs(expected).max(), np.finfo(np.float32).tiny))
