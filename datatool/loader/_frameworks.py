"""Hand-over of a batch to numpy, Paddle or PyTorch: without a copy on the CPU, normalised on the device elsewhere.

Memory is lent by DLPack: the tensor keeps the batch's buffer, and the buffer is not written again before the last
tensor is gone. On a GPU all work is queued on the framework's current stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.loader._normalise import HostNormaliser, Triple
from datatool.schemas import ConfigError, require


class Framework(Protocol):
    """Makes tensors of one framework on one device.

    Attributes:
        device: ``cpu`` or the framework's name of a GPU.
        stream: Gives the framework's current CUDA stream there; None on the CPU.
    """

    device: str
    stream: Callable[[], int] | None

    def images(self, images: Any, /) -> Any:
        """uint8 (B, S, S, 3), in host or device memory, as the loader's output."""
        ...

    def on_device(self, values: NDArray[Any], /) -> Any:
        """A small array on the device."""
        ...

    def on_host(self, values: NDArray[Any], /) -> Any:
        """A small array on the host."""
        ...


def as_array(images: Any, /) -> NDArray[np.uint8]:
    """Host memory as an array, without a copy."""
    array: NDArray[Any] = images if isinstance(images, np.ndarray) else np.from_dlpack(images)
    return array


class NumpyFramework:
    """numpy arrays."""

    device = "cpu"
    stream: Callable[[], int] | None = None

    def __init__(self, normalise: HostNormaliser | None, /) -> None:
        self._normalise = normalise

    def images(self, images: Any, /) -> Any:
        """Arrays as they are, or normalised."""
        array = as_array(images)
        return array if self._normalise is None else self._normalise(array)

    def on_device(self, values: NDArray[Any], /) -> Any:
        """The array itself."""
        return values

    on_host = on_device


class TensorFramework:
    """Paddle or PyTorch.

    Args:
        device: ``cpu`` or the framework's name of a GPU.
        from_dlpack: The framework's own.
        to_device: Copies a host tensor to ``device``, on the current stream.
        normalise: On the host, for the CPU.
        normalise_there: The same arithmetic in operators of the framework, for other devices.
        stream: Gives the current CUDA stream there.
    """

    def __init__(
        self,
        *,
        device: str,
        from_dlpack: Callable[[Any], Any],
        to_device: Callable[[Any], Any],
        normalise: HostNormaliser | None,
        normalise_there: Callable[[Any], Any],
        stream: Callable[[], int] | None = None,
    ) -> None:
        self.device = device
        self.stream = stream
        self._from_dlpack = from_dlpack
        self._to_device = to_device
        self._normalise = normalise
        self._normalise_there = normalise_there

    def images(self, images: Any, /) -> Any:
        """Normalise on the CPU by table, on a GPU by operators after moving a quarter of the bytes."""
        if self.device == "cpu":
            array = as_array(images)
            return self._from_dlpack(array if self._normalise is None else self._normalise(array))
        there = self._to_device(self._from_dlpack(images))
        return there if self._normalise is None else self._normalise_there(there)

    def on_device(self, values: NDArray[Any], /) -> Any:
        """Lent on the CPU, copied to a GPU."""
        tensor = self._from_dlpack(values)
        return tensor if self.device == "cpu" else self._to_device(tensor)

    def on_host(self, values: NDArray[Any], /) -> Any:
        """Lent."""
        return self._from_dlpack(values)


def open_framework(
    name: str, /, *, device: str, shape: tuple[int, int, int, int], output: str, mean: Triple, std: Triple
) -> Framework:
    """Build the hand-over to ``name``.

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
    normalise = HostNormaliser(shape, mean=mean, std=std) if output == "float32" else None
    return _FRAMEWORKS[name](device, normalise, mean, std)


def _numpy(device: str, normalise: HostNormaliser | None, mean: Triple, std: Triple) -> Framework:
    del mean, std
    if device not in ("auto", "cpu"):
        raise ConfigError(f"framework 'numpy' must have device 'cpu'; got '{device}'")
    return NumpyFramework(normalise)


def _paddle(device: str, normalise: HostNormaliser | None, mean: Triple, std: Triple) -> Framework:
    paddle = require("paddle", extra="paddle")
    there = _paddle_device(paddle, device)
    if there == "cpu":
        return TensorFramework(
            device="cpu",
            from_dlpack=paddle.from_dlpack,
            to_device=_unused,
            normalise=normalise,
            normalise_there=_unused,
        )
    place = paddle.CUDAPlace(int(there.partition(":")[2]))
    scale, offset = (paddle.to_tensor(values, place=place) for values in _affine(mean, std))

    def normalise_there(images: Any) -> Any:
        return paddle.transpose(images.astype("float32") * scale + offset, [0, 3, 1, 2])

    return TensorFramework(
        device=there,
        from_dlpack=paddle.from_dlpack,
        to_device=lambda tensor: tensor if str(tensor.place) == str(place) else tensor.to(place),
        normalise=normalise,
        normalise_there=normalise_there,
        stream=lambda: int(paddle.device.current_stream(place).stream_base.cuda_stream),
    )


def _torch(device: str, normalise: HostNormaliser | None, mean: Triple, std: Triple) -> Framework:
    torch = require("torch", extra="torch")
    there = _torch_device(torch, device)
    scale, offset = (torch.from_numpy(values).to(there) for values in _affine(mean, std))

    def normalise_there(images: Any) -> Any:
        return torch.addcmul(offset, images.to(torch.float32), scale).permute(0, 3, 1, 2).contiguous()

    return TensorFramework(
        device=there,
        from_dlpack=torch.from_dlpack,
        to_device=lambda tensor: tensor.to(there),
        normalise=normalise,
        normalise_there=normalise_there,
        stream=None if there == "cpu" else lambda: int(torch.cuda.current_stream(there).cuda_stream),
    )


def _affine(mean: Triple, std: Triple) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factor and summand of each channel, for values of 0 to 255."""
    spread = np.asarray(std)
    return (1 / (255 * spread)).astype(np.float32), (-np.asarray(mean) / spread).astype(np.float32)


def _paddle_device(paddle: Any, device: str) -> str:
    if device == "cpu":
        return "cpu"
    here = str(paddle.get_device())
    if device == "auto":
        return here if here.startswith("gpu") else "cpu"
    if not paddle.is_compiled_with_cuda() or paddle.device.cuda.device_count() == 0:
        raise ConfigError(f"device must be there; got '{device}' and Paddle sees no GPU", hint="run datatool doctor")
    return device if ":" in device else (here if here.startswith("gpu") else "gpu:0")


def _torch_device(torch: Any, device: str) -> str:
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if not torch.cuda.is_available():
        raise ConfigError(f"device must be there; got '{device}' and PyTorch sees no GPU", hint="run datatool doctor")
    number = device.partition(":")[2] or torch.cuda.current_device()
    return f"cuda:{number}"


def _unused(value: Any) -> Any:
    raise AssertionError(value)


_FRAMEWORKS: Final = {"paddle": _paddle, "torch": _torch, "numpy": _numpy}
