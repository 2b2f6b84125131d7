"""A framework's layers: their names, parameters, modes, hooks and numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext

from datatool.frameworks._kernels import Kernel, Norm
from datatool.frameworks._macs import Macs
from datatool.frameworks._types import Hook, Module, PreHook, Remove, Tensor


class Layers(ABC):
    """What can be seen of a model and changed in it. Names are dotted; the model itself is named ""."""

    @abstractmethod
    def is_module(self, value: object, /) -> bool:
        """Whether the value is a layer or model of the framework."""

    @abstractmethod
    def modules(self, model: Module, /) -> list[tuple[str, Module]]:
        """All modules with their names in order of registration, the model first."""

    def children(self, module: Module, /) -> list[tuple[str, Module]]:
        """Direct children with their names."""
        return list(module.named_children())

    @abstractmethod
    def is_sequential(self, module: Module, /) -> bool:
        """Whether the module is a list of layers that run one after the other."""

    @abstractmethod
    def own_parameters(self, module: Module, /) -> dict[str, Tensor]:
        """Parameters registered directly in the module."""

    @abstractmethod
    def own_buffers(self, module: Module, /) -> dict[str, Tensor]:
        """Buffers registered directly in the module that belong to its state."""

    @abstractmethod
    def set_trainable(self, parameter: Tensor, trainable: bool, /) -> None:
        """Whether gradients are computed for the parameter."""

    def set_training(self, module: Module, training: bool, /) -> None:
        """The module's own mode, not that of its children."""
        module.training = training

    @abstractmethod
    def replace(self, model: Module, name: str, module: Module, /) -> Module:
        """Put a module in the place of the named one; returns the old one."""

    @abstractmethod
    def identity(self) -> Module:
        """A module that returns its first input."""

    @abstractmethod
    def on_forward(self, module: Module, hook: Hook, /) -> Remove:
        """Call ``hook(inputs, output)`` after the module ran; what it returns, if anything, replaces the output."""

    def before_forward(self, module: Module, hook: PreHook, /) -> Remove:
        """Call ``hook(inputs)`` before the module runs; the tuple that it returns, if any, replaces the inputs."""
        handle = module.register_forward_pre_hook(lambda _, inputs: hook(inputs))
        remove: Remove = handle.remove
        return remove

    @abstractmethod
    def has_hooks(self, module: Module, /) -> bool:
        """Whether somebody watches or changes what goes in or comes out."""

    @abstractmethod
    def is_linear(self, module: Module, /) -> bool:
        """Whether the module is the framework's fully connected layer."""

    @abstractmethod
    def linear(self, features: int, class_num: int, /) -> Module:
        """A new fully connected layer, initialised by the framework."""

    @abstractmethod
    def linear_shape(self, module: Module, /) -> tuple[int, int]:
        """(in, out) of a fully connected layer."""

    @abstractmethod
    def bottleneck(self, features: int, width: int, class_num: int, /) -> Module:
        """A head of two layers named `bottleneck` and `classifier`."""

    @abstractmethod
    def is_batch_norm(self, module: Module, /) -> bool:
        """Whether the module keeps running statistics of the batch."""

    @abstractmethod
    def is_conv(self, module: Module, /) -> bool:
        """Whether the module is a plain two-dimensional convolution, its weight not made anew at each call."""

    @abstractmethod
    def is_foldable_norm(self, module: Module, /) -> bool:
        """Whether the module is a BatchNorm over pictures with running statistics and an affine part."""

    @abstractmethod
    def kernel_of(self, conv: Module, /) -> Kernel:
        """A convolution's numbers."""

    @abstractmethod
    def norm_of(self, norm: Module, /) -> Norm:
        """A BatchNorm's numbers."""

    @abstractmethod
    def write_kernel(self, conv: Module, numbers: Kernel, /) -> None:
        """Give a convolution these numbers; a bias is made where there is none."""

    @abstractmethod
    def macs_of(self, module: Module, /) -> Macs | None:
        """How the multiply-accumulates of a call are counted; None where the module itself multiplies by no weight."""

    def calling_every_layer(self) -> AbstractContextManager[object]:
        """Inside, layers are called one by one where the framework would otherwise run several as one function."""
        return nullcontext()
