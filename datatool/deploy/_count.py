"""What one image costs a model: parameters, multiply-accumulates, operations and activation memory.

The rule, the same for every framework and model:

* MACs: one for each multiplication of a weight in convolutions and linear layers, so an output element of a
  convolution costs in_channels / groups x height x width of the kernel, and of a linear layer its input features.
* FLOPs: 2 x MACs, a multiplication and an addition. Biases, normalisations, activations, pooling and products of two
  activations (attention) are not counted. Published tables that say "FLOPs" mostly mean MACs.
* Activations: float32 outputs of every layer without children; their sum is what a training step keeps, the largest
  input plus output of one layer is what inference needs at least.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

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


def conv_macs(weight: tuple[int, ...], output: tuple[int, ...], /) -> int:
    """MACs of one image through a convolution.

    Args:
        weight: (out, in / groups, height, width).
        output: (N, out, height, width).

    >>> conv_macs((64, 3, 7, 7), (1, 64, 112, 112))
    118013952
    """
    return math.prod(output[1:]) * math.prod(weight[1:])


def linear_macs(features: int, output: tuple[int, ...], /) -> int:
    """MACs of one image through a linear layer with ``features`` inputs; ``output`` is (N, ..., out).

    >>> linear_macs(512, (1, 1000))
    512000
    """
    return math.prod(output[1:]) * features


def count(kit: Any, model: Any, images: Any, /) -> Cost:
    """Run ``model`` once in its present mode on one image and add up its layers.

    Args:
        kit: The framework of ``model``.
        model: A model in evaluation mode.
        images: A tensor (1, 3, H, W) of the framework.
    """
    macs: list[int] = []
    outputs: list[int] = []
    peaks: list[int] = []
    linear: list[Any] = []

    def watch(module: Any) -> Any:
        def hook(inputs: Any, output: Any) -> None:
            macs.append(_macs(kit, module, output))
            size = _size(output)
            outputs.append(size)
            peaks.append(size + sum(_size(tensor) for tensor in inputs))
            if kit.is_linear(module):
                linear.append(module)

        return hook

    modules = [module for _, module in kit.modules(model)]
    remove = [kit.on_forward(module, watch(module)) for module in modules if _is_leaf(kit, module)]
    try:
        with kit.no_grad():
            kit.forward(model, images)
    finally:
        for handle in remove:
            handle()
    return Cost(
        params=sum(_num_params(kit, module) for module in modules),
        macs=sum(macs),
        activation_bytes_training=_FLOAT_BYTES * sum(outputs),
        activation_bytes_inference=_FLOAT_BYTES * max(peaks, default=0),
        head_params=_num_params(kit, linear[-1]) if linear else 0,
    )


def _macs(kit: Any, module: Any, output: Any) -> int:
    weight = kit.own_parameters(module).get("weight")
    if weight is None:
        return 0
    if kit.is_linear(module):
        return linear_macs(kit.linear_shape(module)[0], tuple(output.shape))
    is_conv = len(weight.shape) == len(output.shape) == 4 and weight.shape[0] == output.shape[1]
    return conv_macs(tuple(weight.shape), tuple(output.shape)) if is_conv else 0


def _num_params(kit: Any, module: Any) -> int:
    """Parameters registered in the module itself, running statistics left out."""
    skip = () if not kit.is_batch_norm(module) else ("_mean", "_variance", "running_mean", "running_var")
    return sum(math.prod(tensor.shape) for name, tensor in kit.own_parameters(module).items() if name not in skip)


def _is_leaf(kit: Any, module: Any) -> bool:
    return len(kit.modules(module)) == 1


def _size(value: Any) -> int:
    """Elements of a tensor, or of the tensors in a tuple; 0 for anything else."""
    if isinstance(value, tuple | list):
        return sum(_size(part) for part in value)
    return math.prod(value.shape) if hasattr(value, "shape") else 0
