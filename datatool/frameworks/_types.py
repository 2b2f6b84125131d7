"""Words that every part of the seam to a framework shares."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]
Tensor: TypeAlias = Any  # a framework's own; Paddle publishes no types that hold
Module: TypeAlias = Any  # a layer or a whole model, a framework's own
Hook = Callable[[Any, Any], Any]  # inputs and output of a module -> what replaces the output, None for nothing
PreHook = Callable[[Any], Any]  # inputs of a module -> the tuple that replaces them, None for nothing
Remove = Callable[[], None]  # takes a hook away again


@dataclass(frozen=True, kw_only=True)
class Group:
    """Parameters that share a learning rate.

    Attributes:
        parameters: Full name -> parameter.
        scale: Factor on the learning rate of the step.
    """

    parameters: Mapping[str, Tensor]
    scale: float

    def only(self, names: Container[str], /) -> Group:
        """The group without parameters outside ``names``."""
        return Group(parameters={k: v for k, v in self.parameters.items() if k in names}, scale=self.scale)


class Ops(Protocol):
    """Arithmetic the losses need beyond the operators of tensors."""

    def cross_entropy(self, logits: Tensor, labels: Tensor, /, *, smoothing: float) -> Tensor:
        """Loss per row (N,) of logits (N, class_num) and int64 labels (N,)."""

    def soft_cross_entropy(self, logits: Tensor, targets: Tensor, /) -> Tensor:
        """Loss per row (N,) of logits and shares, both (N, class_num)."""

    def exp(self, tensor: Tensor, /) -> Tensor:
        """Elementwise."""

    def at_least(self, tensor: Tensor, value: float, /) -> Tensor:
        """Elementwise maximum; no gradient below the value."""

    def constant(self, array: Array, /, *, like: Tensor) -> Tensor:
        """A tensor of the values, on the device and of the dtype of ``like``."""

    def one_hot(self, labels: Tensor, /, *, class_num: int, like: Tensor) -> Tensor:
        """(N, class_num) of 0 and 1, on the device and of the dtype of ``like``."""


class Optimizer(Protocol):
    """A framework's optimizer over named parameters."""

    def step(self, lr: float, /) -> None:
        """Apply gradients at this learning rate and clear them."""

    def state(self) -> dict[str, Array]:
        """Accumulators by `parameter/accumulator`."""

    def load_state(self, state: Mapping[str, Array], /) -> None:
        """Take accumulators back."""
