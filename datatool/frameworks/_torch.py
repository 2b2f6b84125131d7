"""PyTorch: the whole framework."""

from __future__ import annotations

import atexit
import os
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np

from datatool.errors import ConfigError
from datatool.frameworks._base import Framework
from datatool.frameworks._layouts import TORCH
from datatool.frameworks._ranks import join_torch
from datatool.frameworks._torch_layers import TorchLayers
from datatool.frameworks._torch_training import TorchOps, TorchOptimizer
from datatool.frameworks._types import Array, Group, Module, Tensor
from datatool.schemas import OptimizerSection

_ONE_VALUE: Final = "Expected more than 1 value per channel"


class TorchFramework(TorchLayers, Framework):
    """PyTorch in eager mode."""

    layout = TORCH

    def __init__(self) -> None:
        super().__init__()
        self.ops = TorchOps(self._torch)

    def start(self, *, device: str, rank: int, world_size: int) -> None:
        torch = self._torch
        has_gpu = torch.cuda.is_available()
        if device.startswith("gpu") and not has_gpu:
            raise ConfigError(
                f"global.device must name a device that PyTorch sees here; got '{device}', and it sees no GPU"
            )
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

    @property
    def macs_to_compile(self) -> int | None:
        # Measured: a traced pass saves a tenth of an eager one of ResNet-18 and half of one of MobileNetV3.
        return 4000 if self.device == "cpu" else None

    def seed(self, seed: int, /) -> None:
        self._torch.manual_seed(seed)

    def num_threads(self) -> int:
        return int(self._torch.get_num_threads())

    def set_num_threads(self, number: int, /) -> None:
        self._torch.set_num_threads(number)

    def tensor(self, array: Array, /) -> Tensor:
        return self._torch.from_numpy(array).to(self.device)

    def assign(self, tensor: Tensor, array: Array, /) -> None:
        with self._torch.no_grad():
            tensor.copy_(self._torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape)))

    def clone(self, tensor: Tensor, /) -> Tensor:
        return tensor.detach().clone()

    def move_towards(self, average: Tensor, tensor: Tensor, share: float, /) -> None:
        average.lerp_(tensor.detach(), share)

    def place(self, model: Module, /) -> Module:
        return model.to(self.device)

    def synchronise_batch_norm(self, model: Module, /) -> Module:
        if not self.device.startswith("cuda"):
            return model  # PyTorch has it on GPUs only
        return self._torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)

    def forward(self, model: Module, inputs: Tensor, /, *, amp: bool = False) -> Tensor:
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

    def hold_rows(self, parameter: Tensor, values: Array, held: Array, /) -> None:
        places = self._torch.from_numpy(np.flatnonzero(held)).to(parameter.device)
        with self._torch.no_grad():
            parameter.index_copy_(0, places, self._torch.from_numpy(values[held]).to(parameter.device))

    def optimizer(self, section: OptimizerSection, groups: Sequence[Group], /) -> TorchOptimizer:
        return TorchOptimizer(self._torch, section, groups)

    def sum_gradients(self, parameters: Sequence[Tensor], /) -> None:
        torch = self._torch
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        flat = torch.cat([parameter.grad.flatten() for parameter in parameters])
        torch.distributed.all_reduce(flat)
        parts = flat.split([parameter.numel() for parameter in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad.copy_(part.view_as(parameter))

    def _all_reduce(self, tensor: Tensor, /) -> None:
        self._torch.distributed.all_reduce(tensor)

    def compile(
        self, module: Module, example: Array, /, *, num_threads: int = 1, amp: bool = False
    ) -> Callable[[Array], Array]:
        del num_threads  # one setting serves eager and compiled work
        torch = self._torch
        with torch.no_grad(), self._mixed(enabled=amp), warnings.catch_warnings():
            # Deprecated since 2.13 in favour of export, which needs a compiler on the machine to be any faster.
            warnings.simplefilter("ignore", DeprecationWarning)
            traced = torch.jit.freeze(torch.jit.trace(module, self.tensor(example), check_trace=False).eval())

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
