"""How many pictures have to pass through frozen layers before it pays to compile them."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any, Final

import numpy as np

from datatool.frameworks import Array, Framework, Macs, Module
from datatool.models._freeze import Frozen, join

MOST_PASSES: Final = 512  # from here on it pays for every net that was measured, down to 32 px
_ALSO: Final = 3_000_000  # parameters whose folding takes as long as tracing the layers of a usual net


def passes_to_compile(kit: Framework, model: Module, frozen: Frozen, images: Array, /) -> int:
    """Pictures from which on compiling the frozen layers takes less than it saves, estimated from counts alone.

    A count and no stopwatch: what is computed must be the same when a run is repeated or resumed. Tracing takes as long
    as a net has layers, and folding batch norms as long as it has weights, while each picture saves a share of its
    multiply-accumulates; `Framework.macs_to_compile` is the measured rate between them.

    Args:
        kit: The framework.
        model: In evaluation mode.
        frozen: What is frozen.
        images: float32 (N, 3, S, S), to count the multiply-accumulates of a picture on.
    """
    if kit.macs_to_compile is None:
        return MOST_PASSES
    macs = _frozen_macs(kit, model, frozen, images) // len(images)
    passes = kit.macs_to_compile * (_frozen_parameters(kit, model, frozen) + _ALSO) / max(macs, 1)
    return min(math.ceil(passes), MOST_PASSES)


def _frozen_macs(kit: Framework, model: Module, frozen: Frozen, images: Array) -> int:
    counted: list[int] = []

    def watch(its_macs: Macs) -> Any:
        return lambda inputs, output: counted.append(its_macs(inputs, output))

    with kit.calling_every_layer(), ExitStack() as hooked:
        for name, module in kit.modules(model):
            its_macs = kit.macs_of(module) if name in frozen.modules else None
            if its_macs is not None:
                hooked.callback(kit.on_forward(module, watch(its_macs)))
        with kit.no_grad():
            kit.forward(model, kit.tensor(images))
    return sum(counted)


def _frozen_parameters(kit: Framework, model: Module, frozen: Frozen) -> int:
    return sum(
        int(np.prod(parameter.shape))
        for name, module in kit.modules(model)
        for key, parameter in kit.own_parameters(module).items()
        if join(name, key) in frozen.parameters
    )
