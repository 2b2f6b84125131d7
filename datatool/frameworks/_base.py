"""What differs between frameworks, as one interface; freezing, heads, loading and losses are written over it."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import OptimizerSection

Array = NDArray[Any]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Parameters that share a learning rate.

    Attributes:
        parameters: Full name -> parameter.
        scale: Factor on the learning rate of the step.
    """

    parameters: Mapping[str, Any]
    scale: float

    def only(self, names: Container[str], /) -> Group:
        """The group without parameters outside ``names``."""
        return Group(parameters={k: v for k, v in self.parameters.items() if k in names}, scale=self.scale)


class Ops(Protocol):
    """Arithmetic the losses need beyond the operators of tensors."""

    def cross_entropy(self, logits: Any, labels: Any, /, *, smoothing: float) -> Any:
        """Loss per row (N,) of logits (N, class_num) and int64 labels (N,)."""

    def soft_cross_entropy(self, logits: Any, targets: Any, /) -> Any:
        """Loss per row (N,) of logits and shares, both (N, class_num)."""

    def exp(self, tensor: Any, /) -> Any:
        """Elementwise."""

    def at_least(self, tensor: Any, value: float, /) -> Any:
        """Elementwise maximum; no gradient below the value."""

    def constant(self, array: Array, /, *, like: Any) -> Any:
        """A tensor of the values, on the device and of the dtype of ``like``."""

    def one_hot(self, labels: Any, /, *, class_num: int, like: Any) -> Any:
        """(N, class_num) of 0 and 1, on the device and of the dtype of ``like``."""


class Optimizer(Protocol):
    """A framework's optimizer over named parameters."""

    def step(self, lr: float, /) -> None:
        """Apply gradients at this learning rate and clear them."""

    def state(self) -> dict[str, Array]:
        """Accumulators by `parameter/accumulator`."""

    def load_state(self, state: Mapping[str, Array], /) -> None:
        """Take accumulators back."""


class Kit(Protocol):
    """One framework. Modules are its layers, tensors its tensors; names are dotted."""

    name: str
    device: str

    @property
    def has_amp(self) -> bool:
        """Whether the device trains in mixed precision."""

    @property
    def has_amp_inference(self) -> bool:
        """Whether `compile` can use mixed precision on the device."""

    @property
    def ops(self) -> Ops:
        """Arithmetic of the losses."""

    def start(self, *, device: str, rank: int, world_size: int) -> None:
        """Choose the device; with several processes join them."""

    def seed(self, seed: int, /) -> None:
        """Seed every generator that layers draw from."""

    def modules(self, model: Any, /) -> list[tuple[str, Any]]:
        """All modules with their names in order of registration, the model itself first, named ""."""

    def children(self, module: Any, /) -> list[tuple[str, Any]]:
        """Direct children with their names."""

    def is_sequential(self, module: Any, /) -> bool:
        """Whether the module is a list of layers that run one after the other."""

    def own_parameters(self, module: Any, /) -> dict[str, Any]:
        """Parameters registered directly in the module."""

    def own_buffers(self, module: Any, /) -> dict[str, Any]:
        """Buffers registered directly in the module that belong to its state."""

    def array(self, tensor: Any, /) -> Array:
        """A copy on the host."""

    def assign(self, tensor: Any, array: Array, /) -> None:
        """Overwrite a tensor's values."""

    def place(self, model: Any, /) -> Any:
        """The model on the device."""

    def synchronise_batch_norm(self, model: Any, /) -> Any:
        """The model with batch norm over all processes, where the device has it; the same names."""

    def set_trainable(self, parameter: Any, trainable: bool, /) -> None:
        """Whether gradients are computed for the parameter."""

    def set_training(self, module: Any, training: bool, /) -> None:
        """The module's own mode, not that of its children."""

    def replace(self, model: Any, name: str, module: Any, /) -> Any:
        """Put a module in the place of the named one; returns the old one."""

    def is_linear(self, module: Any, /) -> bool:
        """Whether the module is the framework's fully connected layer."""

    def is_batch_norm(self, module: Any, /) -> bool:
        """Whether the module keeps running statistics of the batch."""

    def linear(self, features: int, class_num: int, /) -> Any:
        """A new fully connected layer, initialised by the framework."""

    def linear_shape(self, module: Any, /) -> tuple[int, int]:
        """(in, out) of a fully connected layer."""

    def bottleneck(self, features: int, width: int, class_num: int, /) -> Any:
        """A head of two layers named `bottleneck` and `classifier`."""

    def identity(self) -> Any:
        """A module that returns its first input."""

    def tensor(self, array: Array, /) -> Any:
        """A tensor on the device."""

    def forward(self, model: Any, inputs: Any, /, *, amp: bool = False) -> Any:
        """The model's output, with gradients."""

    def no_grad(self) -> AbstractContextManager[Any]:
        """No gradients inside."""

    def backward(self, loss: Any, /) -> None:
        """Accumulate gradients."""

    def hold_rows(self, parameter: Any, values: Array, /) -> None:
        """Overwrite the first classes of a classifier's weight or bias; classes run along its own output axis."""

    def sum_gradients(self, parameters: Sequence[Any], /) -> None:
        """Sum gradients over processes."""

    def sum_over_ranks(self, array: Array, /) -> Array:
        """Elementwise sum over processes."""

    def optimizer(self, section: OptimizerSection, groups: Sequence[Group], /) -> Optimizer:
        """A new optimizer."""

    def on_forward(self, module: Any, hook: Callable[[Any, Any], None], /) -> Callable[[], None]:
        """Call ``hook(inputs, output)`` after the module ran; returns what removes it."""

    def compile(
        self, module: Any, example: Array, /, *, num_threads: int = 1, amp: bool = False
    ) -> Callable[[Array], Array]:
        """Compiled inference of a module in evaluation mode, float32 to float32, inside perhaps bfloat16."""

    def set_num_threads(self, number: int, /) -> None:
        """Threads of the math library for eager work on a CPU."""
