"""Paddle's layers."""

from __future__ import annotations

from typing import Final

import numpy as np

from datatool.frameworks._kernels import Kernel, Norm, kernel
from datatool.frameworks._layers import Layers
from datatool.frameworks._layouts import PADDLE
from datatool.frameworks._macs import Macs, macs_of_conv, macs_of_linear, macs_of_transposed
from datatool.frameworks._paddle_tensors import PaddleTensors
from datatool.frameworks._types import Hook, Module, Remove, Tensor

_STATISTICS: Final = PADDLE.statistics


class PaddleLayers(PaddleTensors, Layers):
    """Layers of Paddle's dynamic graph."""

    def is_module(self, value: object, /) -> bool:
        return isinstance(value, self._paddle.nn.Layer)

    def modules(self, model: Module, /) -> list[tuple[str, Module]]:
        return list(model.named_sublayers(include_self=True))

    def is_sequential(self, module: Module, /) -> bool:
        return isinstance(module, self._paddle.nn.Sequential | self._paddle.nn.LayerList)

    def own_parameters(self, module: Module, /) -> dict[str, Tensor]:
        # Paddle registers the running statistics of batch norm as parameters that never train.
        skip = _STATISTICS if self.is_batch_norm(module) else ()
        return {name: value for name, value in module._parameters.items() if value is not None and name not in skip}

    def own_buffers(self, module: Module, /) -> dict[str, Tensor]:
        skip = module._non_persistable_buffer_names_set
        buffers = {name: value for name, value in module._buffers.items() if value is not None and name not in skip}
        if self.is_batch_norm(module):
            buffers.update({name: module._parameters[name] for name in _STATISTICS if name in module._parameters})
        return buffers

    def set_trainable(self, parameter: Tensor, trainable: bool, /) -> None:
        parameter.stop_gradient = not trainable

    def replace(self, model: Module, name: str, module: Module, /) -> Module:
        parent_name, _, last = name.rpartition(".")
        parent = dict(self.modules(model))[parent_name]
        old = parent._sub_layers[last]
        parent._sub_layers[last] = module
        return old

    def identity(self) -> Module:
        return self._paddle.nn.Identity()

    def on_forward(self, module: Module, hook: Hook, /) -> Remove:
        handle = module.register_forward_post_hook(lambda _, inputs, output: hook(inputs, output))
        remove: Remove = handle.remove
        return remove

    def has_hooks(self, module: Module, /) -> bool:
        return bool(module._forward_pre_hooks or module._forward_post_hooks)

    def is_linear(self, module: Module, /) -> bool:
        return isinstance(module, self._paddle.nn.Linear)

    def linear(self, features: int, class_num: int, /) -> Module:
        return self._paddle.nn.Linear(features, class_num)

    def linear_shape(self, module: Module, /) -> tuple[int, int]:
        return int(module.weight.shape[0]), int(module.weight.shape[1])

    def bottleneck(self, features: int, width: int, class_num: int, /) -> Module:
        nn = self._paddle.nn
        return nn.Sequential(("bottleneck", nn.Linear(features, width)), ("classifier", nn.Linear(width, class_num)))

    def is_batch_norm(self, module: Module, /) -> bool:
        return all(name in module._parameters or name in module._buffers for name in _STATISTICS)

    def is_conv(self, module: Module, /) -> bool:
        return isinstance(module, self._paddle.nn.Conv2D) and "weight" in module._parameters

    def is_foldable_norm(self, module: Module, /) -> bool:
        if not isinstance(module, self._paddle.nn.BatchNorm2D):
            return False
        return module.weight is not None and module.bias is not None and module._use_global_stats is not False

    def kernel_of(self, conv: Module, /) -> Kernel:
        return kernel(conv.weight.numpy(), None if conv.bias is None else conv.bias.numpy())

    def norm_of(self, norm: Module, /) -> Norm:
        return Norm(
            gamma=norm.weight.numpy(),
            beta=norm.bias.numpy(),
            mean=norm._mean.numpy(),
            variance=norm._variance.numpy(),
            epsilon=norm._epsilon,
        )

    def write_kernel(self, conv: Module, numbers: Kernel, /) -> None:
        if conv.bias is None:
            conv.bias = conv.create_parameter([numbers.bias.size], is_bias=True)
        conv.weight.set_value(self._paddle.to_tensor(numbers.weight.astype(np.float32)))
        conv.bias.set_value(self._paddle.to_tensor(numbers.bias.astype(np.float32)))

    def macs_of(self, module: Module, /) -> Macs | None:
        nn = self._paddle.nn
        if isinstance(module, nn.Conv1D | nn.Conv2D | nn.Conv3D):
            return macs_of_conv(module)
        if isinstance(module, nn.Conv1DTranspose | nn.Conv2DTranspose | nn.Conv3DTranspose):
            return macs_of_transposed(module)
        return macs_of_linear(self.linear_shape(module)[0]) if self.is_linear(module) else None
