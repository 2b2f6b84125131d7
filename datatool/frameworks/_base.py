"""One framework, as one typed seam: freezing, heads, loading, fusing, counting and losses are written over it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import numpy as np

from datatool.frameworks._layers import Layers
from datatool.frameworks._layouts import Layout
from datatool.frameworks._tensors import Tensors, host
from datatool.frameworks._types import Array, Group, Module, Ops, Optimizer, Tensor
from datatool.schemas import OptimizerSection


class Framework(Tensors, Layers):
    """A framework that trains: its tensors, its layers, and what a step needs.

    Attributes:
        layout: How its weights are named and turned.
        ops: Arithmetic of the losses.
    """

    layout: ClassVar[Layout]
    ops: Ops

    def __init__(self) -> None:
        super().__init__()
        self._world_size = 1

    @abstractmethod
    def start(self, *, device: str, rank: int, world_size: int) -> None:
        """Choose the device of the process; with several processes join them."""

    @property
    @abstractmethod
    def has_amp(self) -> bool:
        """Whether the device trains in mixed precision."""

    @property
    @abstractmethod
    def has_amp_inference(self) -> bool:
        """Whether `compile` can use mixed precision on the device."""

    @property
    @abstractmethod
    def macs_to_compile(self) -> int | None:
        """Eager multiply-accumulates that take as long as `compile` does for each weight; None where not measured."""

    @abstractmethod
    def seed(self, seed: int, /) -> None:
        """Seed every generator that layers draw from."""

    @abstractmethod
    def num_threads(self) -> int:
        """Threads of the math library that training in this process computes with; results depend on it."""

    @abstractmethod
    def set_num_threads(self, number: int, /) -> None:
        """Threads of the math library for eager work on a CPU."""

    def array(self, tensor: Tensor, /) -> Array:
        """A copy on the host."""
        return np.array(host(tensor))

    @abstractmethod
    def tensor(self, array: Array, /) -> Tensor:
        """A tensor on the device."""

    def tensor_for(self, model: Module, array: Array, /) -> Tensor:
        """A tensor of the type of the model's first parameter, where that is."""
        own = (self.own_parameters(module) for _, module in self.modules(model))
        like = next((tensor for parameters in own for tensor in parameters.values()), None)
        return self.tensor(array) if like is None else self.ops.constant(array, like=like)

    @abstractmethod
    def assign(self, tensor: Tensor, array: Array, /) -> None:
        """Overwrite a tensor's values."""

    @abstractmethod
    def clone(self, tensor: Tensor, /) -> Tensor:
        """A copy on the device, without a gradient."""

    @abstractmethod
    def move_towards(self, average: Tensor, tensor: Tensor, share: float, /) -> None:
        """Add to ``average``, in place, this share of what it lacks of ``tensor``."""

    @abstractmethod
    def place(self, model: Module, /) -> Module:
        """The model on the device."""

    @abstractmethod
    def synchronise_batch_norm(self, model: Module, /) -> Module:
        """The model with batch norm over all processes, where the device has it; the same names."""

    @abstractmethod
    def forward(self, model: Module, inputs: Tensor, /, *, amp: bool = False) -> Tensor:
        """The model's output, with gradients."""

    @abstractmethod
    def no_grad(self) -> AbstractContextManager[Any]:
        """No gradients inside."""

    def run(self, model: Module, inputs: Array, /) -> Array:
        """Outputs (N, ...) of a model with one output, wherever it is, without gradients."""
        with self.no_grad():
            return self.array(model(self.tensor_for(model, inputs)))

    def backward(self, loss: Tensor, /) -> None:
        """Accumulate gradients."""
        loss.backward()

    @abstractmethod
    def hold_rows(self, parameter: Tensor, values: Array, held: Array, /) -> None:
        """Overwrite classes of a classifier's weight or bias.

        Args:
            parameter: The weight or bias.
            values: Of its shape.
            held: bool (class_num,), the classes that take their ``values``; the others keep what they have.
        """

    @abstractmethod
    def optimizer(self, section: OptimizerSection, groups: Sequence[Group], /) -> Optimizer:
        """A new optimizer."""

    @abstractmethod
    def sum_gradients(self, parameters: Sequence[Tensor], /) -> None:
        """Sum gradients over processes."""

    def sum_over_ranks(self, array: Array, /) -> Array:
        """Elementwise sum over processes."""
        if self._world_size == 1 or array.size == 0:
            return array
        tensor = self.tensor(array.copy())  # a tensor may share the array's memory
        self._all_reduce(tensor)
        return self.array(tensor)

    @abstractmethod
    def _all_reduce(self, tensor: Tensor, /) -> None:
        """Replace a tensor by its sum over processes."""

    @abstractmethod
    def compile(
        self, module: Module, example: Array, /, *, num_threads: int = 1, amp: bool = False
    ) -> Callable[[Array], Array]:
        """Compiled inference of a module in evaluation mode, float32 to float32, inside perhaps bfloat16."""
