"""Losses and optimizers of PyTorch."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datatool.frameworks._types import Array, Group, Tensor
from datatool.schemas import OptimizerSection


class TorchOps:
    """Arithmetic of the losses."""

    def __init__(self, torch: Any, /) -> None:
        self._torch = torch

    def cross_entropy(self, logits: Tensor, labels: Tensor, /, *, smoothing: float) -> Tensor:
        return self._torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)

    def soft_cross_entropy(self, logits: Tensor, targets: Tensor, /) -> Tensor:
        return self._torch.nn.functional.cross_entropy(logits, targets, reduction="none")

    def exp(self, tensor: Tensor, /) -> Tensor:
        return self._torch.exp(tensor)

    def at_least(self, tensor: Tensor, value: float, /) -> Tensor:
        return tensor.clamp(min=value)

    def constant(self, array: Array, /, *, like: Tensor) -> Tensor:
        return self._torch.as_tensor(array, dtype=like.dtype, device=like.device)

    def one_hot(self, labels: Tensor, /, *, class_num: int, like: Tensor) -> Tensor:
        return self._torch.nn.functional.one_hot(labels, class_num).to(like.dtype)


class TorchOptimizer:
    """One of PyTorch's optimizers; accumulators are named after the model's parameters."""

    def __init__(self, torch: Any, section: OptimizerSection, groups: Sequence[Group], /) -> None:
        self._torch = torch
        self._names = [name for group in groups for name in group.parameters]
        self._optimizer = _make(
            torch,
            section,
            [{"params": list(group.parameters.values()), "lr": section.lr, "scale": group.scale} for group in groups],
        )

    def step(self, lr: float, /) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = lr * group["scale"]
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Array]:
        found = {}
        for index, values in self._optimizer.state_dict()["state"].items():
            for key, value in values.items():
                if value is not None:
                    found[f"{self._names[index]}/{key}"] = np.array(self._torch.as_tensor(value).cpu().numpy())
        return found

    def load_state(self, state: Mapping[str, Array], /) -> None:
        whole = self._optimizer.state_dict()
        index_of = {name: index for index, name in enumerate(self._names)}
        values: dict[int, dict[str, Any]] = {}
        for full, array in state.items():
            name, _, key = full.rpartition("/")
            values.setdefault(index_of[name], {})[key] = self._torch.from_numpy(array.copy())
        whole["state"] = values
        self._optimizer.load_state_dict(whole)


def _make(torch: Any, section: OptimizerSection, groups: list[dict[str, Any]]) -> Any:
    options: dict[str, Any] = {"lr": section.lr, "weight_decay": section.weight_decay}
    if section.name in ("momentum", "sgd"):
        momentum = 0.9 if section.name == "momentum" else 0.0
        return _plain(torch, torch.optim.SGD)(groups, momentum=momentum, **options)
    return _plain(torch, torch.optim.Adam if section.name == "adam" else torch.optim.AdamW)(groups, **options)


def _plain(torch: Any, kind: Any) -> Any:
    """A kind of optimizer whose methods are not prepared for being compiled.

    PyTorch's decorators on them import TorchDynamo, which takes about as long as PyTorch itself, at the first call. No
    step is compiled here; without the decorators the methods do the same.
    """
    methods = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    plain = {name: inspect.unwrap(getattr(kind, name)) for name in methods}
    return type(kind.__name__, (kind,), {**plain, "step": torch.no_grad()(inspect.unwrap(kind.step))})
