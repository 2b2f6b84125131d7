"""What `fuse` needs of Paddle's layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
from paddle import nn

from datatool.models.fuse._reparam import Kernel, Norm, kernel


def modules(model: nn.Layer, /) -> list[tuple[str, Any]]:
    """All layers with their names."""
    return list(model.named_sublayers(include_self=True))


def is_conv(module: Any, /) -> bool:
    """Whether the layer is a plain two-dimensional convolution."""
    return isinstance(module, nn.Conv2D) and "weight" in module._parameters  # not made anew from others at each call


def is_norm(module: Any, /) -> bool:
    """Whether the layer is a BatchNorm with fixed statistics and an affine part."""
    is_affine = isinstance(module, nn.BatchNorm2D) and module.weight is not None and module.bias is not None
    return is_affine and module._use_global_stats is not False


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
    """Call ``hook(module, inputs, output)`` after every call; what it returns replaces the output, None does not.

    The returned handle has ``remove()``.
    """
    return module.register_forward_post_hook(hook)


def before_forward(module: Any, hook: Any, /) -> Any:
    """Call ``hook(module, inputs)`` before every call; the tuple it returns replaces the inputs."""
    return module.register_forward_pre_hook(hook)


def has_hooks(module: Any, /) -> bool:
    """Whether somebody watches or changes what goes in or comes out."""
    return bool(module._forward_pre_hooks or module._forward_post_hooks)


def moved(output: paddle.Tensor, shares: np.ndarray[Any, Any], /) -> paddle.Tensor:
    """Values moved by ``shares`` of more than the largest of them."""
    return output + paddle.to_tensor(shares).astype(output.dtype) * (1 + output.abs().max())


def run(model: nn.Layer, images: np.ndarray[Any, Any], /) -> np.ndarray[Any, Any]:
    """Outputs without gradients."""
    with paddle.no_grad():
        outputs: np.ndarray[Any, Any] = model(paddle.to_tensor(images)).numpy()
    return outputs
