"""What one image costs a model: parameters, multiply-accumulates, operations and activation memory.

The rule, the same for every framework and model:

* MACs: one for each multiplication of a weight in convolutions and linear layers, so an output element of a
  convolution costs in_channels / groups x height x width of the kernel, and of a linear layer its input features. An
  input element of a transposed convolution costs out_channels / groups x height x width of the kernel.
* FLOPs: 2 x MACs, a multiplication and an addition. Biases, normalisations, activations, pooling and products of two
  activations (attention) are not counted. Published tables that say "FLOPs" mostly mean MACs.
* Activations: float32 outputs of every layer without children; their sum is what a training step keeps, the largest
  input plus output of one layer is what inference needs at least.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from datatool.frameworks import Framework, Hook, Macs, Module, Tensor

_FLOAT_BYTES: Final = 4


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Cost of one image.

    Attributes:
        params: Trained numbers of the model.
        macs: Multiply-accumulates.
        activation_bytes_training: Sum of all layers' outputs.
        activation_bytes_inference: Largest input plus output of one layer.
        head_params: Parameters of the last linear layer; 0 without one.
    """

    params: int
    macs: int
    activation_bytes_training: int
    activation_bytes_inference: int
    head_params: int

    @property
    def flops(self) -> int:
        """2 x MACs."""
        return 2 * self.macs


def count(framework: Framework, model: Module, images: Tensor, /) -> Cost:
    """Run ``model`` once in its present mode on one image and add up its layers.

    Args:
        framework: Of ``model``.
        model: A model in evaluation mode.
        images: A tensor (1, 3, H, W) of the framework.
    """
    macs: list[int] = []
    outputs: list[int] = []
    peaks: list[int] = []
    linear: list[Module] = []

    def watch(module: Module, its_macs: Macs | None) -> Hook:
        def hook(inputs: Any, output: Any) -> None:
            macs.append(0 if its_macs is None else its_macs(inputs, output))
            size = _size(output)
            outputs.append(size)
            peaks.append(size + sum(_size(tensor) for tensor in inputs))
            if framework.is_linear(module):
                linear.append(module)

        return hook

    modules = [module for _, module in framework.modules(model)]
    with framework.calling_every_layer(), ExitStack() as hooked:
        for module in modules:
            its_macs = framework.macs_of(module)
            if its_macs is not None or _is_leaf(framework, module):
                hooked.callback(framework.on_forward(module, watch(module, its_macs)))
        with framework.no_grad():
            framework.forward(model, images)
    return Cost(
        params=_num_params(framework, modules),
        macs=sum(macs),
        activation_bytes_training=_FLOAT_BYTES * sum(outputs),
        activation_bytes_inference=_FLOAT_BYTES * max(peaks, default=0),
        head_params=_num_params(framework, linear[-1:]),
    )


def _num_params(framework: Framework, modules: Iterable[Module]) -> int:
    """Parameters registered in the modules themselves, one that several share once, running statistics left out."""
    tensors = {id(tensor): tensor for module in modules for tensor in framework.own_parameters(module).values()}
    return sum(math.prod(tensor.shape) for tensor in tensors.values())


def _is_leaf(framework: Framework, module: Module) -> bool:
    return len(framework.modules(module)) == 1


def _size(value: Any) -> int:
    """Elements of a tensor, or of the tensors in a tuple; 0 for anything else."""
    if isinstance(value, tuple | list):
        return sum(_size(part) for part in value)
    return math.prod(value.shape) if hasattr(value, "shape") else 0
