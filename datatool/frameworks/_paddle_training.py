"""Losses and optimizers of Paddle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datatool.frameworks._types import Array, Group, Tensor
from datatool.schemas import OptimizerSection


class PaddleOps:
    """Arithmetic of the losses."""

    def __init__(self, paddle: Any, /) -> None:
        self._paddle = paddle

    def cross_entropy(self, logits: Tensor, labels: Tensor, /, *, smoothing: float) -> Tensor:
        functional = self._paddle.nn.functional
        losses = functional.cross_entropy(logits, labels.reshape([-1, 1]), reduction="none").reshape([-1])
        if smoothing == 0:
            return losses
        # Paddle's own label_smoothing fails for integer labels (3.3: no int64 kernel of label_smooth).
        return (1 - smoothing) * losses - smoothing * functional.log_softmax(logits, axis=-1).mean(axis=-1)

    def soft_cross_entropy(self, logits: Tensor, targets: Tensor, /) -> Tensor:
        losses = self._paddle.nn.functional.cross_entropy(logits, targets, soft_label=True, reduction="none")
        return losses.reshape([-1])

    def exp(self, tensor: Tensor, /) -> Tensor:
        return self._paddle.exp(tensor)

    def at_least(self, tensor: Tensor, value: float, /) -> Tensor:
        return tensor.clip(min=value)

    def constant(self, array: Array, /, *, like: Tensor) -> Tensor:
        return self._paddle.to_tensor(array, place=like.place).astype(like.dtype)

    def one_hot(self, labels: Tensor, /, *, class_num: int, like: Tensor) -> Tensor:
        return self._paddle.nn.functional.one_hot(labels.reshape([-1]), class_num).astype(like.dtype)


class PaddleOptimizer:
    """One of Paddle's optimizers; accumulators are named after the model's parameters, not Paddle's counters."""

    def __init__(self, paddle: Any, section: OptimizerSection, groups: Sequence[Group], /) -> None:
        self._paddle = paddle
        self._parameters = {name: value for group in groups for name, value in group.parameters.items()}
        for group in groups:
            for parameter in group.parameters.values():
                parameter.optimize_attr["learning_rate"] = group.scale
        self._optimizer = _optimizer_class(paddle, section)(
            learning_rate=section.lr,
            parameters=list(self._parameters.values()),
            weight_decay=section.weight_decay,
            **({"momentum": 0.9} if section.name == "momentum" else {}),
        )

    def step(self, lr: float, /) -> None:
        self._optimizer.set_lr(lr)
        self._optimizer.step()
        self._optimizer.clear_grad()

    def state(self) -> dict[str, Array]:
        return {name: np.array(tensor.numpy()) for name, tensor in self._accumulators().items()}

    def load_state(self, state: Mapping[str, Array], /) -> None:
        if state and not self._accumulators():
            self._make_accumulators()
        for name, tensor in self._accumulators().items():
            tensor.set_value(self._paddle.to_tensor(state[name]))

    def _accumulators(self) -> dict[str, Any]:
        """`parameter/accumulator` -> tensor; Paddle names them `<counter name>_<accumulator>_<n>`."""
        found: dict[str, Any] = {}
        state = self._optimizer.state_dict()
        by_length = sorted(self._parameters.items(), key=lambda item: -len(item[1].name))
        for key, tensor in state.items():
            for name, parameter in by_length:
                if key.startswith(f"{parameter.name}_"):
                    accumulator = key[len(parameter.name) + 1 :].rpartition("_")[0]
                    found[f"{name}/{accumulator}"] = tensor
                    break
        return found

    def _make_accumulators(self) -> None:
        """Paddle makes them in the first step: take one with gradients of zero; the caller loads weights afterwards."""
        for parameter in self._parameters.values():
            (parameter * 0.0).sum().backward()
        self.step(0.0)


def _optimizer_class(paddle: Any, section: OptimizerSection) -> Any:
    optimizers = paddle.optimizer
    return {
        "momentum": optimizers.Momentum,
        "sgd": optimizers.SGD,
        "adam": optimizers.Adam,
        "adamw": optimizers.AdamW,
    }[section.name]
