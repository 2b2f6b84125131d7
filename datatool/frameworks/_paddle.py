"""Paddle behind the kit."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np

from datatool.errors import ConfigError
from datatool.frameworks._base import Array, Group
from datatool.frameworks._compile_paddle import compile_paddle, has_bfloat16
from datatool.frameworks._ranks import join_paddle
from datatool.schemas import OptimizerSection, require

_STATISTICS: Final = ("_mean", "_variance")


class PaddleOps:
    """Arithmetic of the losses."""

    def __init__(self, paddle: Any, /) -> None:
        self._paddle = paddle

    def cross_entropy(self, logits: Any, labels: Any, /, *, smoothing: float) -> Any:
        functional = self._paddle.nn.functional
        losses = functional.cross_entropy(logits, labels.reshape([-1, 1]), reduction="none").reshape([-1])
        if smoothing == 0:
            return losses
        # Paddle's own label_smoothing fails for integer labels (3.3: no int64 kernel of label_smooth).
        return (1 - smoothing) * losses - smoothing * functional.log_softmax(logits, axis=-1).mean(axis=-1)

    def soft_cross_entropy(self, logits: Any, targets: Any, /) -> Any:
        losses = self._paddle.nn.functional.cross_entropy(logits, targets, soft_label=True, reduction="none")
        return losses.reshape([-1])

    def exp(self, tensor: Any, /) -> Any:
        return self._paddle.exp(tensor)

    def at_least(self, tensor: Any, value: float, /) -> Any:
        return tensor.clip(min=value)

    def constant(self, array: Array, /, *, like: Any) -> Any:
        return self._paddle.to_tensor(array, place=like.place).astype(like.dtype)

    def one_hot(self, labels: Any, /, *, class_num: int, like: Any) -> Any:
        return self._paddle.nn.functional.one_hot(labels.reshape([-1]), class_num).astype(like.dtype)


class PaddleKit:
    """Layers and tensors of Paddle's dynamic graph."""

    name = "paddle"

    def __init__(self) -> None:
        self._paddle = require("paddle", extra="paddle")
        self.ops = PaddleOps(self._paddle)
        self.device = "cpu"
        self._world_size = 1

    def start(self, *, device: str, rank: int, world_size: int) -> None:
        paddle = self._paddle
        os.environ.update(join_paddle())
        has_gpu = paddle.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0
        if device == "auto":
            device = "gpu" if has_gpu else "cpu"
        if device.startswith("gpu") and not has_gpu:
            raise ConfigError(f"global.device must be there; got '{device}' and Paddle sees no GPU")
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
        del rank

    @property
    def has_amp(self) -> bool:
        return not self.device.startswith("cpu") and bool(self._paddle.amp.is_bfloat16_supported())

    @property
    def has_amp_inference(self) -> bool:
        return has_bfloat16(self._paddle)

    def seed(self, seed: int, /) -> None:
        self._paddle.seed(seed)

    def modules(self, model: Any, /) -> list[tuple[str, Any]]:
        return list(model.named_sublayers(include_self=True))

    def children(self, module: Any, /) -> list[tuple[str, Any]]:
        return list(module.named_children())

    def is_sequential(self, module: Any, /) -> bool:
        return isinstance(module, self._paddle.nn.Sequential | self._paddle.nn.LayerList)

    def own_parameters(self, module: Any, /) -> dict[str, Any]:
        # Paddle registers the running statistics of batch norm as parameters that never train.
        skip = _STATISTICS if self.is_batch_norm(module) else ()
        return {name: value for name, value in module._parameters.items() if value is not None and name not in skip}

    def own_buffers(self, module: Any, /) -> dict[str, Any]:
        skip = module._non_persistable_buffer_names_set
        buffers = {name: value for name, value in module._buffers.items() if value is not None and name not in skip}
        if self.is_batch_norm(module):
            buffers.update({name: module._parameters[name] for name in _STATISTICS if name in module._parameters})
        return buffers

    def array(self, tensor: Any, /) -> Array:
        return np.array(tensor.numpy())

    def assign(self, tensor: Any, array: Array, /) -> None:
        tensor.set_value(self._paddle.to_tensor(array.astype(str(tensor.dtype).rpartition(".")[2], copy=False)))

    def place(self, model: Any, /) -> Any:
        return model  # layers are made on the device that was set

    def synchronise_batch_norm(self, model: Any, /) -> Any:
        if not self.device.startswith("gpu"):
            return model  # Paddle has it on GPUs only
        return self._paddle.nn.SyncBatchNorm.convert_sync_batchnorm(model)

    def set_trainable(self, parameter: Any, trainable: bool, /) -> None:
        parameter.stop_gradient = not trainable

    def set_training(self, module: Any, training: bool, /) -> None:
        module.training = training

    def replace(self, model: Any, name: str, module: Any, /) -> Any:
        parent_name, _, last = name.rpartition(".")
        parent = dict(self.modules(model))[parent_name]
        old = parent._sub_layers[last]
        parent._sub_layers[last] = module
        return old

    def is_linear(self, module: Any, /) -> bool:
        return isinstance(module, self._paddle.nn.Linear)

    def is_batch_norm(self, module: Any, /) -> bool:
        return all(name in module._parameters or name in module._buffers for name in _STATISTICS)

    def linear(self, features: int, class_num: int, /) -> Any:
        return self._paddle.nn.Linear(features, class_num)

    def linear_shape(self, module: Any, /) -> tuple[int, int]:
        return int(module.weight.shape[0]), int(module.weight.shape[1])

    def bottleneck(self, features: int, width: int, class_num: int, /) -> Any:
        nn = self._paddle.nn
        return nn.Sequential(("bottleneck", nn.Linear(features, width)), ("classifier", nn.Linear(width, class_num)))

    def identity(self) -> Any:
        return self._paddle.nn.Identity()

    def tensor(self, array: Array, /) -> Any:
        return self._paddle.to_tensor(array)

    def forward(self, model: Any, inputs: Any, /, *, amp: bool = False) -> Any:
        if not amp:
            return model(inputs)
        with self._paddle.amp.auto_cast(dtype="bfloat16"):
            return model(inputs).astype("float32")

    def no_grad(self) -> AbstractContextManager[Any]:
        context: AbstractContextManager[Any] = self._paddle.no_grad()
        return context

    def backward(self, loss: Any, /) -> None:
        loss.backward()

    def hold_rows(self, parameter: Any, values: Array, /) -> None:
        paddle = self._paddle
        with paddle.no_grad():
            rest = parameter[..., values.shape[-1] :]
            paddle.assign(paddle.concat([paddle.to_tensor(values), rest], axis=-1), parameter)

    def sum_gradients(self, parameters: Sequence[Any], /) -> None:
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

    def sum_over_ranks(self, array: Array, /) -> Array:
        if self._world_size == 1 or array.size == 0:
            return array
        tensor = self._paddle.to_tensor(array)
        self._paddle.distributed.all_reduce(tensor)
        return self.array(tensor)

    def optimizer(self, section: OptimizerSection, groups: Sequence[Group], /) -> PaddleOptimizer:
        return PaddleOptimizer(self._paddle, section, groups)

    def on_forward(self, module: Any, hook: Callable[[Any, Any], None], /) -> Callable[[], None]:
        handle = module.register_forward_post_hook(lambda _, inputs, output: hook(inputs, output))
        remove: Callable[[], None] = handle.remove
        return remove

    def compile(
        self, module: Any, example: Array, /, *, num_threads: int = 1, amp: bool = False
    ) -> Callable[[Array], Array]:
        return compile_paddle(self._paddle, module, example, num_threads=num_threads, bfloat16=amp)

    def set_num_threads(self, number: int, /) -> None:
        self._paddle.base.core.set_num_threads(number)


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
