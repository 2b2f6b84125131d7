"""PyTorch's tensors, as far as a loader needs them."""

from __future__ import annotations

from typing import Any

from datatool.errors import ConfigError
from datatool.frameworks._tensors import Affine, Stream, Tensors
from datatool.frameworks._types import Floats, Tensor
from datatool.schemas import require


class TorchTensors(Tensors):
    """Tensors of PyTorch."""

    name = "torch"

    def __init__(self) -> None:
        super().__init__()
        self._torch = require("torch", extra="torch")

    def choose_device(self, device: str, /) -> None:
        has_gpu = self._torch.cuda.is_available()
        if device == "cpu" or (device == "auto" and not has_gpu):
            self.device = "cpu"
            return
        if not has_gpu:
            raise ConfigError(
                f"device must be one that PyTorch sees here; got '{device}', and it sees no GPU",
                hint="run datatool doctor",
            )
        self.device = f"cuda:{device.partition(':')[2] or self._torch.cuda.current_device()}"

    @property
    def stream(self) -> Stream | None:
        if self.device == "cpu":
            return None
        current, device = self._torch.cuda.current_stream, self.device
        return lambda: int(current(device).cuda_stream)

    def from_dlpack(self, memory: Any, /) -> Tensor:
        return self._torch.from_dlpack(memory)

    def to_device(self, tensor: Tensor, /) -> Tensor:
        return tensor.to(self.device)

    def affine(self, scale: Floats, offset: Floats, /) -> Affine:
        torch = self._torch
        factor, summand = (torch.from_numpy(values).to(self.device) for values in (scale, offset))
        return lambda images: torch.addcmul(summand, images.to(torch.float32), factor).permute(0, 3, 1, 2).contiguous()
