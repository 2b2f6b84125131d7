"""PyTorch behind the kit."""

from __future__ import annotations

import atexit
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np

from datatool.errors import ConfigError
from datatool.frameworks._base import Array, Group
from datatool.frameworks._ranks import join_torch
from datatool.schemas import OptimizerSection, require

_ONE_VALUE: Final = "Expected more than 1 value per channel"


class TorchOps:
    """Arithmetic of the losses."""

    def __init__(self, torch: Any, /) -> None:
        self._torch = torch

    def cross_entropy(self, logits: Any, labels: Any, /, *, smoothing: float) -> Any:
        return self._torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)

    def soft_cross_entropy(self, logits: Any, targets: Any, /) -> Any:
        return self._torch.nn.functional.cross_entropy(logits, targets, reduction="none")

    def exp(self, tensor: Any, /) -> Any:
        return self._torch.exp(tensor)

    def at_least(self, tensor: Any, value: float, /) -> Any:
        return tensor.clamp(min=value)

    def constant(self, array: Array, /, *, like: Any) -> Any:
        return self._torch.as_tensor(array, dtype=like.dtype, device=like.device)

    def one_hot(self, labels: Any, /, *, class_num: int, like: Any) -> Any:
        return self._torch.nn.functional.one_hot(labels, class_num).to(like.dtype)


class TorchKit:
    """Modules and tensors of PyTorch."""

    name = "torch"

    def __init__(self) -> None:
        self._torch = require("torch", extra="torch")
        self.ops = TorchOps(self._torch)
        self.device = "cpu"
        self._world_size = 1

    def start(self, *, device: str, rank: int, world_size: int) -> None:
        torch = self._torch
        has_gpu = torch.cuda.is_available()
        if device.startswith("gpu") and not has_gpu:
            raise ConfigError(f"global.device must be there; got '{device}' and PyTorch sees no GPU")
        on_gpu = has_gpu if device == "auto" else device.startswith("gpu")
        os.environ.update(join_torch())
        number = device.partition(":")[2] or os.environ.get("LOCAL_RANK", "0")
        self.device = f"cuda:{number}" if on_gpu else "cpu"
        if on_gpu:
            torch.cuda.set_device(self.device)
        if world_size > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("nccl" if on_gpu else "gloo", rank=rank, world_size=world_size)
            atexit.register(self._leave)
        self._world_size = world_size

    def _leave(self) -> None:
        """Stop the group's threads: a process that ends while they run may abort after all its work is done."""
        if self._torch.distributed.is_initialized():
            self._torch.distributed.destroy_process_group()

    @property
    def has_amp(self) -> bool:
        return self.device == "cpu" or bool(self._torch.cuda.is_bf16_supported(including_emulation=False))

    @property
    def has_amp_inference(self) -> bool:
        return self.has_amp

    def seed(self, seed: int, /) -> None:
        self._torch.manual_seed(seed)

    def modules(self, model: Any, /) -> list[tuple[str, Any]]:
        return list(model.named_modules())

    def children(self, module: Any, /) -> list[tuple[str, Any]]:
        return list(module.named_children())

    def is_sequential(self, module: Any, /) -> bool:
        return isinstance(module, self._torch.nn.Sequential | self._torch.nn.ModuleList)

    def own_parameters(self, module: Any, /) -> dict[str, Any]:
        return {name: value for name, value in module._parameters.items() if value is not None}

    def own_buffers(self, module: Any, /) -> dict[str, Any]:
        skip = module._non_persistent_buffers_set
        return {name: value for name, value in module._buffers.items() if value is not None and name not in skip}

    def array(self, tensor: Any, /) -> Array:
        return np.array(tensor.detach().cpu().numpy())

    def assign(self, tensor: Any, array: Array, /) -> None:
        with self._torch.no_grad():
            tensor.copy_(self._torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape)))

    def set_trainable(self, parameter: Any, trainable: bool, /) -> None:
        parameter.requires_grad_(trainable)

    def set_training(self, module: Any, training: bool, /) -> None:
        module.training = training

    def replace(self, model: Any, name: str, module: Any, /) -> Any:
        parent_name, _, last = name.rpartition(".")
        parent = model.get_submodule(parent_name)
        old = parent._modules[last]
        parent._modules[last] = module
        return old

    def is_linear(self, module: Any, /) -> bool:
        return isinstance(module, self._torch.nn.Linear)

    def is_batch_norm(self, module: Any, /) -> bool:
        return "running_mean" in module._buffers and "running_var" in module._buffers

    def linear(self, features: int, class_num: int, /) -> Any:
        return self._torch.nn.Linear(features, class_num).to(self.device)

    def linear_shape(self, module: Any, /) -> tuple[int, int]:
        return int(module.in_features), int(module.out_features)

    def bottleneck(self, features: int, width: int, class_num: int, /) -> Any:
        nn = self._torch.nn
        head = nn.Sequential()
        head.add_module("bottleneck", nn.Linear(features, width))
        head.add_module("classifier", nn.Linear(width, class_num))
        return head.to(self.device)

    def identity(self) -> Any:
        return self._torch.nn.Identity()

    def tensor(self, array: Array, /) -> Any:
        return self._torch.from_numpy(array).to(self.device)

    def forward(self, model: Any, inputs: Any, /, *, amp: bool = False) -> Any:
        try:
            if not amp:
                return model(inputs)
            with self._mixed():
                return model(inputs).float()
        except ValueError as error:
            if _ONE_VALUE not in str(error):
                raise
            raise ConfigError(
                f"batch norm must see more than one value per channel in training; got a batch of {len(inputs)} in "
                "which a layer sees one",
                hint="choose data.batch_size so that no batch of an epoch has a single row",
            ) from None

    def no_grad(self) -> AbstractContextManager[Any]:
        context: AbstractContextManager[Any] = self._torch.no_grad()
        return context

    def backward(self, loss: Any, /) -> None:
        loss.backward()

    def hold_rows(self, parameter: Any, values: Array, /) -> None:
        with self._torch.no_grad():
            parameter[: len(values)] = self._torch.from_numpy(values).to(parameter.device)

    def sum_gradients(self, parameters: Sequence[Any], /) -> None:
        torch = self._torch
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        flat = torch.cat([parameter.grad.flatten() for parameter in parameters])
        torch.distributed.all_reduce(flat)
        parts = flat.split([parameter.numel() for parameter in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad.copy_(part.view_as(parameter))

    def sum_over_ranks(self, array: Array, /) -> Array:
        if self._world_size == 1 or array.size == 0:
            return array
        tensor = self.tensor(array.copy())
        self._torch.distributed.all_reduce(tensor)
        return self.array(tensor)

    def place(self, model: Any, /) -> Any:
        return model.to(self.device)

    def synchronise_batch_norm(self, model: Any, /) -> Any:
        if not self.device.startswith("cuda"):
            return model  # PyTorch has it on GPUs only
        return self._torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)

    def optimizer(self, section: OptimizerSection, groups: Sequence[Group], /) -> TorchOptimizer:
        return TorchOptimizer(self._torch, section, groups)

    def on_forward(self, module: Any, hook: Callable[[Any, Any], None], /) -> Callable[[], None]:
        handle = module.register_forward_hook(lambda _, inputs, output: hook(inputs, output))
        remove: Callable[[], None] = handle.remove
        return remove

    def set_num_threads(self, number: int, /) -> None:
        self._torch.set_num_threads(number)

    def compile(
        self, module: Any, example: Array, /, *, num_threads: int = 1, amp: bool = False
    ) -> Callable[[Array], Array]:
        del num_threads  # one setting serves eager and compiled work
        torch = self._torch
        with torch.no_grad(), self._mixed(enabled=amp), warnings.catch_warnings():
            # Deprecated since 2.13 in favour of export, which needs a compiler on the machine to be any faster.
            warnings.simplefilter("ignore", DeprecationWarning)
            traced = torch.jit.freeze(torch.jit.trace(module, self.tensor(example)).eval())

        def run(images: Array) -> Array:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                return self.array(traced(self.tensor(images)).float())

        return run

    def _mixed(self, *, enabled: bool = True) -> AbstractContextManager[Any]:
        # Casts of weights are not kept for reuse: a trace cannot follow that.
        kind = self.device.partition(":")[0]
        context: AbstractContextManager[Any] = self._torch.autocast(
            kind, dtype=self._torch.bfloat16, enabled=enabled, cache_enabled=False
        )
        return context


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
    decay = section.weight_decay
    if section.name in ("momentum", "sgd"):
        momentum = 0.9 if section.name == "momentum" else 0.0
        return torch.optim.SGD(groups, lr=section.lr, momentum=momentum, weight_decay=decay)
    kind = torch.optim.Adam if section.name == "adam" else torch.optim.AdamW
    return kind(groups, lr=section.lr, weight_decay=decay)
