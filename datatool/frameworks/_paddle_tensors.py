"""Paddle's tensors, as far as a loader needs them."""

from __future__ import annotations

from typing import Any

from datatool.errors import ConfigError
from datatool.frameworks._tensors import Affine, Stream, Tensors
from datatool.frameworks._types import Floats, Tensor
from datatool.schemas import require


class PaddleTensors(Tensors):
    """Tensors of Paddle's dynamic graph."""

    name = "paddle"

    def __init__(self) -> None:
        super().__init__()
        self._paddle = require("paddle", extra="paddle")

    def choose_device(self, device: str, /) -> None:
        if device == "cpu":
            self.device = "cpu"
            return
        current = str(self._paddle.get_device())
        if device == "auto":
            self.device = current if current.startswith("gpu") else "cpu"
            return
        if not self._has_gpu():
            raise ConfigError(
                f"device must be one that Paddle sees here; got '{device}', and it sees no GPU",
                hint="run datatool doctor",
            )
        self.device = device if ":" in device else (current if current.startswith("gpu") else "gpu:0")

    @property
    def stream(self) -> Stream | None:
        if self.device == "cpu":
            return None
        current, place = self._paddle.device.current_stream, self._place()
        return lambda: int(current(place).stream_base.cuda_stream)

    def from_dlpack(self, memory: Any, /) -> Tensor:
        return self._paddle.from_dlpack(memory)

    def to_device(self, tensor: Tensor, /) -> Tensor:
        if self.device == "cpu":
            return tensor
        place = self._place()
        return tensor if str(tensor.place) == str(place) else tensor.to(place)

    def affine(self, scale: Floats, offset: Floats, /) -> Affine:
        paddle = self._paddle
        factor, summand = (paddle.to_tensor(values, place=self._place()) for values in (scale, offset))
        return lambda images: paddle.transpose(images.astype("float32") * factor + summand, [0, 3, 1, 2])

    def _has_gpu(self) -> bool:
        return bool(self._paddle.is_compiled_with_cuda()) and self._paddle.device.cuda.device_count() > 0

    def _place(self) -> Any:
        if self.device == "cpu":
            return self._paddle.CPUPlace()
        return self._paddle.CUDAPlace(int(self.device.partition(":")[2]))
