"""Which BatchNorms can be folded into the convolution before them: seen by running the model, not by names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import numpy as np

from datatool.frameworks import Array, Framework, Module, Tensor

_CHANGED: Final = 1e-6  # relative; more than the noise of running one model twice, far less than what a shift does
_FAR: Final = 1e3  # times the largest output; a use of a ten-millionth part still shows

Pair = tuple[str, str]


def foldable_pairs(framework: Framework, model: Module, images: Array, /) -> list[Pair]:
    """Names of a convolution and of the BatchNorm that alone uses its output, both called once.

    A pair stays out if another layer shares the convolution's weight, or somebody's hook sees either of the two.
    """
    expected = framework.run(model, images)
    return _alone(framework, model, images, expected, _followed(framework, model, images))


def difference(actual: Array, expected: Array, /) -> float:
    """Largest difference, relative to the largest expected value."""
    return float(np.abs(actual - expected).max() / max(np.abs(expected).max(), np.finfo(np.float32).tiny))


def _followed(framework: Framework, model: Module, images: Array) -> list[Pair]:
    """Pairs in which the input of the second is the very output of the first."""
    made: dict[int, tuple[str, Tensor]] = {}  # id of an output -> convolution and output, kept alive: ids stay unique
    calls: Counter[str] = Counter()
    pairs: list[Pair] = []

    def watch(name: str, *, is_conv: bool) -> Callable[[Any, Tensor], None]:
        def hook(inputs: Any, output: Tensor) -> None:
            calls[name] += 1
            if is_conv:
                made[id(output)] = (name, output)
            elif id(inputs[0]) in made:
                pairs.append((made[id(inputs[0])][0], name))

        return hook

    modules = [(name, module) for name, module in framework.modules(model) if not framework.has_hooks(module)]
    convs = {name: module for name, module in modules if framework.is_conv(module)}
    norms = {name: module for name, module in modules if framework.is_foldable_norm(module)}
    with ExitStack() as hooked:
        for name, module in (convs | norms).items():
            hooked.callback(framework.on_forward(module, watch(name, is_conv=name in convs)))
        framework.run(model, images)
    weights = Counter(id(module.weight) for _, module in framework.modules(model) if framework.is_conv(module))
    norms_of = Counter(conv for conv, _ in pairs)
    return [
        (conv, norm)
        for conv, norm in pairs
        if calls[conv] == calls[norm] == norms_of[conv] == weights[id(convs[conv].weight)] == 1
    ]


def _alone(framework: Framework, model: Module, images: Array, expected: Array, pairs: list[Pair]) -> list[Pair]:
    """Those pairs whose convolution reaches the model's output through its BatchNorm only; found by halving."""
    if not pairs or all(_hidden(framework, model, images, expected, pairs, sign) for sign in (1, -1)):
        return pairs
    if len(pairs) == 1:
        return []
    half = len(pairs) // 2
    return [pair for part in (pairs[:half], pairs[half:]) for pair in _alone(framework, model, images, expected, part)]


def _hidden(framework: Framework, model: Module, images: Array, expected: Array, pairs: list[Pair], sign: int) -> bool:
    """Whether the model's output stays, if each convolution's output is moved far off for all but its BatchNorm.

    The noise is large, so that no threshold hides another use, and differs from place to place, so that no other
    normalisation takes it out again; one sign may vanish behind a ReLU.
    """
    kept: dict[str, Tensor] = {}
    rng = np.random.default_rng(0)

    def move(conv: str) -> Callable[[Any, Tensor], Tensor]:
        def hook(_: Any, output: Tensor) -> Tensor:
            kept[conv] = output
            shares = sign * _FAR * rng.uniform(1, 2, size=tuple(output.shape))
            return output + framework.ops.constant(shares, like=output) * (1 + output.abs().max())

        return hook

    def restore(conv: str) -> Callable[[Any], tuple[Tensor]]:
        return lambda _: (kept.pop(conv),)

    named = dict(framework.modules(model))
    with ExitStack() as hooked:
        for conv, norm in pairs:
            hooked.callback(framework.on_forward(named[conv], move(conv)))
            hooked.callback(framework.before_forward(named[norm], restore(conv)))
        return difference(framework.run(model, images), expected) <= _CHANGED
