"""Paddle: the whole framework."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from datatool.errors import ConfigError
from datatool.frameworks._base import Framework
from datatool.frameworks._compile_paddle import compile_paddle, has_bfloat16, own_num_threads, set_num_threads
from datatool.frameworks._layouts import PADDLE
from datatool.frameworks._paddle_layers import PaddleLayers
from datatool.frameworks._paddle_training import PaddleOps, PaddleOptimizer
from datatool.frameworks._ranks import join_paddle
from datatool.frameworks._types import Array, Group, Module, Tensor
from datatool.schemas import OptimizerSection


class PaddleFramework(PaddleLayers, Framework):
    """Paddle's dynamic graph."""

    layout = PADDLE

    def __init__(self) -> None:
        super().__init__()
        self.ops = PaddleOps(self._paddle)

    def start(self, *, device: str, rank: int, world_size: int) -> None:
        paddle = self._paddle
        os.environ.update(join_paddle())
        has_gpu = self._has_gpu()
        if device == "auto":
            device = "gpu" if has_gpu else "cpu"
        if device.startswith("gpu") and not has_gpu:
            raise ConfigError(
                f"global.device must name a device that Paddle sees here; got '{device}', and it sees no GPU"
            )
        if device == "gpu" and world_size > 1:
            chosen = os.environ.get("FLAGS_selected_gpus", "")  # noqa: SIM112 - Paddle's own spelling
            device = f"gpu:{chosen.split(',')[0] or 0}"
        # Said at every step of batch norm in training mode, and nothing that a user could change.
        warnings.filterwarnings("ignore", message="When training, we now always track global mean and variance")
        paddle.set_device(device)
        self.device = str(paddle.get_device())
        if world_size > 1 and not paddle.distributed.is_initialized():
            if not device.startswith("gpu"):
                os.environ.setdefault("PADDLE_DISTRI_BACKEND", "gloo")
            paddle.distributed.init_parallel_env()
        self._world_size = world_size
        # A predictor of the user's own may have run before in this process, or MKL_NUM_THREADS be another number.
        self.set_num_threads(self.num_threads())
        del rank

    @property
    def has_amp(self) -> bool:
        return not self.device.startswith("cpu") and bool(self._paddle.amp.is_bfloat16_supported())

    @property
    def has_amp_inference(self) -> bool:
        return has_bfloat16(self._paddle)

    @property
    def macs_to_compile(self) -> int | None:
        # Measured on ResNets, MobileNetV3 and PP-LCNet at 32 to 224 px.
        return 1000 if self.device.startswith("cpu") else None

    def seed(self, seed: int, /) -> None:
        self._paddle.seed(seed)

    def num_threads(self) -> int:
        return own_num_threads()

    def set_num_threads(self, number: int, /) -> None:
        set_num_threads(self._paddle, number)

    def tensor(self, array: Array, /) -> Tensor:
        return self._paddle.to_tensor(array)

    def assign(self, tensor: Tensor, array: Array, /) -> None:
        tensor.set_value(self._paddle.to_tensor(array.astype(str(tensor.dtype).rpartition(".")[2], copy=False)))

    def clone(self, tensor: Tensor, /) -> Tensor:
        return tensor.detach().clone()

    def move_towards(self, average: Tensor, tensor: Tensor, share: float, /) -> None:
        with self._paddle.no_grad():
            self._paddle.assign(average + (tensor.detach() - average) * share, average)

    def place(self, model: Module, /) -> Module:
        return model  # layers are made on the device that was set

    def synchronise_batch_norm(self, model: Module, /) -> Module:
        if not self.device.startswith("gpu"):
            return model  # Paddle has it on GPUs only
        return self._paddle.nn.SyncBatchNorm.convert_sync_batchnorm(model)

    def forward(self, model: Module, inputs: Tensor, /, *, amp: bool = False) -> Tensor:
        if not amp:
            return model(inputs)
        with self._paddle.amp.auto_cast(dtype="bfloat16"):
            return model(inputs).astype("float32")

    def no_grad(self) -> AbstractContextManager[Any]:
        context: AbstractContextManager[Any] = self._paddle.no_grad()
        return context

    def hold_rows(self, parameter: Tensor, values: Array, held: Array, /) -> None:
        paddle = self._paddle
        with paddle.no_grad():
            mask = paddle.to_tensor(held)  # along the last axis, which is that of the classes
            paddle.assign(paddle.where(mask, paddle.to_tensor(values), parameter), parameter)

    def optimizer(self, section: OptimizerSection, groups: Sequence[Group], /) -> PaddleOptimizer:
        return PaddleOptimizer(self._paddle, section, groups)

    def sum_gradients(self, parameters: Sequence[Tensor], /) -> None:
        paddle = self._paddle
        flat = paddle.concat([(paddle.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters])
        paddle.distributed.all_reduce(flat)
        place = 0
        for parameter in parameters:
            size = int(np.prod(parameter.shape))
            part = flat[place : place + size].reshape(parameter.shape)
            if parameter.grad is None:
                parameter._set_grad_ivar(part)
            else:
                parameter.grad.set_value(part)
            place += size

    def _all_reduce(self, tensor: Tensor, /) -> None:
        self._paddle.distributed.all_reduce(tensor)

    def compile(
        self, module: Module, example: Array, /, *, num_threads: int = 1, amp: bool = False
    ) -> Callable[[Array], Array]:
        return compile_paddle(self._paddle, module, example, num_threads=num_threads, bfloat16=amp)
