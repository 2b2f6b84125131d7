"""PyTorch's modules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datatool.frameworks._kernels import Kernel, Norm, kernel
from datatool.frameworks._layers import Layers
from datatool.frameworks._macs import Macs, macs_of_conv, macs_of_linear, macs_of_transposed
from datatool.frameworks._tensors import host
from datatool.frameworks._torch_tensors import TorchTensors
from datatool.frameworks._types import Hook, Module, Remove, Tensor


class TorchLayers(TorchTensors, Layers):
    """Modules of PyTorch."""

    def is_module(self, value: object, /) -> bool:
        return isinstance(value, self._torch.nn.Module)

    def modules(self, model: Module, /) -> list[tuple[str, Module]]:
        return list(model.named_modules())

    def is_sequential(self, module: Module, /) -> bool:
        return isinstance(module, self._torch.nn.Sequential | self._torch.nn.ModuleList)

    def own_parameters(self, module: Module, /) -> dict[str, Tensor]:
        return {name: value for name, value in module._parameters.items() if value is not None}

    def own_buffers(self, module: Module, /) -> dict[str, Tensor]:
        skip = module._non_persistent_buffers_set
        return {name: value for name, value in module._buffers.items() if value is not None and name not in skip}

    def set_trainable(self, parameter: Tensor, trainable: bool, /) -> None:
        parameter.requires_grad_(trainable)

    def replace(self, model: Module, name: str, module: Module, /) -> Module:
        parent_name, _, last = name.rpartition(".")
        parent = model.get_submodule(parent_name)
        old = parent._modules[last]
        parent._modules[last] = module
        return old

    def identity(self) -> Module:
        return self._torch.nn.Identity()

    def on_forward(self, module: Module, hook: Hook, /) -> Remove:
        handle = module.register_forward_hook(lambda _, inputs, output: hook(inputs, output))
        remove: Remove = handle.remove
        return remove

    def has_hooks(self, module: Module, /) -> bool:
        return bool(module._forward_pre_hooks or module._forward_hooks)

    def is_linear(self, module: Module, /) -> bool:
        return isinstance(module, self._torch.nn.Linear)

    def linear(self, features: int, class_num: int, /) -> Module:
        return self._torch.nn.Linear(features, class_num).to(self.device)

    def linear_shape(self, module: Module, /) -> tuple[int, int]:
        return int(module.in_features), int(module.out_features)

    def bottleneck(self, features: int, width: int, class_num: int, /) -> Module:
        nn = self._torch.nn
        head = nn.Sequential()
        head.add_module("bottleneck", nn.Linear(features, width))
        head.add_module("classifier", nn.Linear(width, class_num))
        return head.to(self.device)

    def is_batch_norm(self, module: Module, /) -> bool:
        return "running_mean" in module._buffers and "running_var" in module._buffers

    def is_conv(self, module: Module, /) -> bool:
        return isinstance(module, self._torch.nn.Conv2d) and "weight" in module._parameters

    def is_foldable_norm(self, module: Module, /) -> bool:
        if not isinstance(module, self._torch.nn.BatchNorm2d):
            return False
        return bool(module.affine and module.track_running_stats)

    def kernel_of(self, conv: Module, /) -> Kernel:
        return kernel(host(conv.weight), None if conv.bias is None else host(conv.bias))

    def norm_of(self, norm: Module, /) -> Norm:
        return Norm(
            gamma=host(norm.weight),
            beta=host(norm.bias),
            mean=host(norm.running_mean),
            variance=host(norm.running_var),
            epsilon=norm.eps,
        )

    def write_kernel(self, conv: Module, numbers: Kernel, /) -> None:
        like = conv.weight
        conv.weight.data = self._torch.from_numpy(numbers.weight).to(like)
        conv.bias = self._torch.nn.Parameter(self._torch.from_numpy(numbers.bias).to(like))

    def macs_of(self, module: Module, /) -> Macs | None:
        nn = self._torch.nn
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            return macs_of_conv(module)
        if isinstance(module, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
            return macs_of_transposed(module)
        if isinstance(module, nn.MultiheadAttention):
            return _macs_of_attention(module.embed_dim)
        return macs_of_linear(module.in_features) if self.is_linear(module) else None

    @contextmanager
    def calling_every_layer(self) -> Iterator[None]:
        mha = self._torch.backends.mha
        fast = mha.get_fastpath_enabled()
        mha.set_fastpath_enabled(False)
        try:
            yield
        finally:
            mha.set_fastpath_enabled(fast)


def _macs_of_attention(width: int) -> Macs:
    """Projections of query, key and value and of the result; torch computes them without calling a layer."""

    def macs(inputs: Any, output: Any) -> int:
        query: int = math.prod(output[0].shape)  # tokens x width
        key, value = (
            math.prod(inputs[at].shape) if len(inputs) > at else query  # left out where it is given by name
            for at in (1, 2)
        )
        return width * (query + key + value + query)

    return macs
