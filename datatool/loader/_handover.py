"""Hand-over of a batch to numpy, Paddle or PyTorch: without a copy on the CPU, normalised on the device elsewhere.

Memory is lent by DLPack: the tensor keeps the batch's buffer, and the buffer is not written again before the last
tensor is gone. On a GPU all work is queued on the framework's current stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import Tensor, Tensors, as_array, open_tensors
from datatool.loader._normalise import HostNormaliser
from datatool.schemas import Triple


class Handover:
    """Makes a batch's tensors.

    Args:
        tensors: Of the framework, on their device.
        normalise: On the CPU an array to an array, elsewhere a tensor on the device to a tensor; None leaves bytes.
    """

    def __init__(self, tensors: Tensors, /, *, normalise: Callable[[Any], Any] | None) -> None:
        self.device = tensors.device
        self.stream = tensors.stream
        self._tensors = tensors
        self._normalise = normalise

    def images(self, images: Any, /) -> Tensor:
        """The loader's output of uint8 (B, S, S, 3) in host or device memory.

        Normalised on the CPU by table, on a GPU by operators after moving a quarter of the bytes.
        """
        if self.device == "cpu":
            array = as_array(images)
            return self._tensors.from_dlpack(array if self._normalise is None else self._normalise(array))
        moved = self._tensors.to_device(self._tensors.from_dlpack(images))
        return moved if self._normalise is None else self._normalise(moved)

    def to_device(self, values: NDArray[Any], /) -> Tensor:
        """A small array: lent on the CPU, copied to a GPU."""
        return self._tensors.to_device(self._tensors.from_dlpack(values))

    def to_host(self, values: NDArray[Any], /) -> Tensor:
        """A small array, lent."""
        return self._tensors.from_dlpack(values)


def open_handover(
    name: str, /, *, device: str, shape: tuple[int, int, int, int], output: str, mean: Triple, std: Triple
) -> Handover:
    """Build the hand-over to a framework.

    Args:
        name: ``numpy``, ``paddle`` or ``torch``.
        device: ``auto``, ``cpu``, ``gpu`` or ``gpu:N``.
        shape: (B, S, S, 3) of the largest batch.
        output: ``float32`` or ``uint8``.
        mean: Of each channel.
        std: Of each channel.

    Raises:
        ConfigError: If the device is not there.
        MissingDependencyError: If the framework is not installed.
    """
    tensors = open_tensors(name, device=device)
    if output != "float32":
        return Handover(tensors, normalise=None)
    if tensors.device == "cpu":
        return Handover(tensors, normalise=HostNormaliser(shape, mean=mean, std=std))
    spread = np.asarray(std)
    scale = (1 / (255 * spread)).astype(np.float32)
    offset = (-np.asarray(mean) / spread).astype(np.float32)
    return Handover(tensors, normalise=tensors.affine(scale, offset))
