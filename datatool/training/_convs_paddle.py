"""What `fuse` needs of Paddle's layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
from paddle import nn

from datatool.training._reparam import Kernel, Norm, kernel


def modules(model: nn.Layer, /) -> list[tuple[str, Any]]:
    """All layers with their names."""
    return list(model.named_sublayers(include_self=True))


def is_conv(module: Any, /) -> bool:
    """Whether the layer is a plain two-dimensional convolution."""
    return isinstance(module, nn.Conv2D)


def is_norm(module: Any, /) -> bool:
    """Whether the layer is a BatchNorm with fixed statistics and an affine part."""
    return isinstance(module, nn.BatchNorm2D) and module.weight is not None and module.bias is not None


def kernel_of(conv: nn.Conv2D, /) -> Kernel:
    """The convolution's numbers."""
    return kernel(conv.weight.numpy(), None if conv.bias is None else conv.bias.numpy())


def norm_of(layer: nn.BatchNorm2D, /) -> Norm:
    """The BatchNorm's numbers."""
    return Norm(
        gamma=layer.weight.numpy(),
        beta=layer.bias.numpy(),
        mean=layer._mean.numpy(),
        variance=layer._variance.numpy(),
        epsilon=layer._epsilon,
    )


def write_kernel(conv: nn.Conv2D, numbers: Kernel, /) -> None:
    """Give a convolution these numbers; a bias is made where there is none."""
    if conv.bias is None:
        conv.bias = conv.create_parameter([numbers.bias.size], is_bias=True)
    conv.weight.set_value(paddle.to_tensor(numbers.weight.astype(np.float32)))
    conv.bias.set_value(paddle.to_tensor(numbers.bias.astype(np.float32)))


def replace_by_identity(model: nn.Layer, name: str, /) -> None:
    """Put an identity in the place of the named layer."""
    parent, _, last = name.rpartition(".")
    dict(modules(model))[parent]._sub_layers[last] = nn.Identity()


def on_forward(module: Any, hook: Any, /) -> Any:
    """Call ``hook(module, inputs, output)`` after every call; the returned handle has ``remove()``."""
    return module.register_forward_post_hook(hook)


def run(model: nn.Layer, images: np.ndarray[Any, Any], /) -> np.ndarray[Any, Any]:
    """Outputs without gradients."""
    with paddle.no_grad():
        outputs: np.ndarray[Any, Any] = model(paddle.to_tensor(images)).numpy()
    return outputs
