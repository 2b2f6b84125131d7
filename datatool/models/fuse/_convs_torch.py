"""What `fuse` needs of torch's modules."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from datatool.models.fuse._reparam import Kernel, Norm, kernel


def modules(model: nn.Module, /) -> list[tuple[str, Any]]:
    """All modules with their names."""
    return list(model.named_modules())


def is_conv(module: Any, /) -> bool:
    """Whether the module is a plain two-dimensional convolution."""
    return isinstance(module, nn.Conv2d) and "weight" in module._parameters  # not made anew from others at each call


def is_norm(module: Any, /) -> bool:
    """Whether the module is a BatchNorm with running statistics and an affine part."""
    return isinstance(module, nn.BatchNorm2d) and module.affine and module.track_running_stats


def kernel_of(conv: nn.Conv2d, /) -> Kernel:
    """The convolution's numbers."""
    return kernel(conv.weight.detach().cpu().numpy(), None if conv.bias is None else conv.bias.detach().cpu().numpy())


def norm_of(module: nn.BatchNorm2d, /) -> Norm:
    """The BatchNorm's numbers."""
    assert module.running_mean is not None
    assert module.running_var is not None
    return Norm(
        gamma=module.weight.detach().cpu().numpy(),
        beta=module.bias.detach().cpu().numpy(),
        mean=module.running_mean.cpu().numpy(),
        variance=module.running_var.cpu().numpy(),
        epsilon=module.eps,
    )


def write_kernel(conv: nn.Conv2d, numbers: Kernel, /) -> None:
    """Give a convolution these numbers; a bias is made where there is none."""
    like = conv.weight
    conv.weight.data = torch.from_numpy(numbers.weight).to(like)
    conv.bias = nn.Parameter(torch.from_numpy(numbers.bias).to(like))


def replace_by_identity(model: nn.Module, name: str, /) -> None:
    """Put an identity in the place of the named module."""
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, nn.Identity())


def on_forward(module: nn.Module, hook: Any, /) -> Any:
    """Call ``hook(module, inputs, output)`` after every call; what it returns replaces the output, None does not.

    The returned handle has ``remove()``.
    """
    return module.register_forward_hook(hook)


def before_forward(module: nn.Module, hook: Any, /) -> Any:
    """Call ``hook(module, inputs)`` before every call; the tuple it returns replaces the inputs."""
    return module.register_forward_pre_hook(hook)


def has_hooks(module: nn.Module, /) -> bool:
    """Whether somebody watches or changes what goes in or comes out."""
    return bool(module._forward_pre_hooks or module._forward_hooks)


def moved(output: torch.Tensor, shares: np.ndarray[Any, Any], /) -> torch.Tensor:
    """Values moved by ``shares`` of more than the largest of them."""
    return output + torch.from_numpy(shares).to(output) * (1 + output.abs().max())


def run(model: nn.Module, images: np.ndarray[Any, Any], /) -> np.ndarray[Any, Any]:
    """Outputs without gradients."""
    with torch.no_grad():
        like = next(model.parameters())
        outputs: np.ndarray[Any, Any] = model(torch.from_numpy(images).to(like)).cpu().numpy()
    return outputs
