"""A framework's tensors, as far as a loader needs them; numpy has these and nothing more.

Memory is lent by DLPack: the tensor keeps the buffer, and who lent it can tell when the last tensor is gone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.frameworks._types import Array, Floats, Tensor

Affine = Callable[[Tensor], Tensor]
Stream = Callable[[], int]


class Tensors(ABC):
    """Tensors of one framework and where they go.

    Attributes:
        name: Of the framework.
        device: ``cpu``, or the framework's name of a GPU.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self.device = "cpu"

    @abstractmethod
    def choose_device(self, device: str, /) -> None:
        """Set where `to_device` copies to.

        Args:
            device: ``auto`` for the framework's current device, ``cpu``, ``gpu`` or ``gpu:N``.

        Raises:
            ConfigError: If the device is not there.
        """

    @property
    @abstractmethod
    def stream(self) -> Stream | None:
        """Gives the framework's current CUDA stream on the device; None on the CPU."""

    @abstractmethod
    def from_dlpack(self, memory: Any, /) -> Tensor:
        """A tensor over an array's memory, on the host or a device, without a copy."""

    @abstractmethod
    def to_device(self, tensor: Tensor, /) -> Tensor:
        """The tensor itself where it is on the device, else a copy, queued on the current stream."""

    @abstractmethod
    def affine(self, scale: Floats, offset: Floats, /) -> Affine:
        """A function of uint8 images (B, H, W, 3) on the device to float32 (B, 3, H, W): ``image * scale + offset``.

        Args:
            scale: float32 (3,), of each channel.
            offset: float32 (3,), of each channel.
        """


class NumpyTensors(Tensors):
    """numpy arrays."""

    name = "numpy"

    def choose_device(self, device: str, /) -> None:
        if device not in ("auto", "cpu"):
            raise ConfigError(f"framework 'numpy' must have device 'cpu'; got '{device}'")

    @property
    def stream(self) -> Stream | None:
        return None

    def from_dlpack(self, memory: Any, /) -> Tensor:
        return as_array(memory)

    def to_device(self, tensor: Tensor, /) -> Tensor:
        return tensor

    def affine(self, scale: Floats, offset: Floats, /) -> Affine:
        return lambda images: (images * scale + offset).transpose(0, 3, 1, 2)


def as_array(memory: Any, /) -> Array:
    """Host memory that DLPack can lend, as an array without a copy."""
    array: NDArray[Any] = memory if isinstance(memory, np.ndarray) else np.from_dlpack(memory)
    return array


def host(tensor: Tensor, /) -> Array:
    """A tensor of any framework, or an array, as numpy; without a copy where it is on the host already."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
    return np.asarray(tensor.numpy() if hasattr(tensor, "numpy") else tensor)
