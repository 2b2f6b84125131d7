"""Pickles of weights without running code: only tuples, dicts, numpy arrays and torch's tensor records are built."""

from __future__ import annotations

import io
import operator
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import Array

_STORAGES: Final = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
    "BFloat16Storage": np.uint16,
}
_DTYPES: Final = frozenset(["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"])
_NDARRAY: Final = object()  # stands for numpy.ndarray, which a file could call with memory of its own choosing


def read_pdparams(path: Path, /) -> dict[str, Any]:
    """The dict that Paddle saved.

    Raises:
        CheckpointError: If the file is not such a pickle, or asks for anything but data.
    """
    return _as_dict(_load(_PaddleUnpickler(io.BytesIO(path.read_bytes()), path), path), path)


def read_pth(path: Path, /) -> dict[str, Any]:
    """The dict that torch saved, in its zip format.

    Raises:
        CheckpointError: If the file is not such an archive, or asks for anything but data.
    """
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise CheckpointError(
            "weights of torch must be in its zip format, as every version since 1.6 writes", file=path
        ) from None
    with archive:
        name = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
        if name is None:
            raise CheckpointError("weights of torch must hold data.pkl; the archive has none", file=path)
        return _as_dict(_load(_TorchUnpickler(archive, name, path), path), path)


def from_bfloat16(bits: Array, /) -> Array:
    """float32 of the upper halves of floats, uint16 of the same shape."""
    whole: Array = (bits.astype(np.uint32) << 16).view(np.float32)
    return whole


def _load(unpickler: pickle.Unpickler, path: Path) -> Any:
    try:
        return unpickler.load()
    except CheckpointError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged pickle may raise anything
        raise CheckpointError(
            f"weights must be a whole file of numbers; got '{error or type(error).__name__}'", file=path
        ) from None


def _as_dict(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CheckpointError(f"weights must be a dict of names; got {type(value).__name__}", file=path)
    return value


class _Restricted(pickle.Unpickler):
    """Answers for the few names that data needs; every other one is refused."""

    def __init__(self, stream: Any, path: Path, /) -> None:
        super().__init__(stream)
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        answer = self.answers().get((module, name))
        if answer is None:
            raise CheckpointError(
                f"weights must hold data only; the file asks for {module}.{name}, which could run code",
                file=self._path,
                hint="convert it to safetensors where it was made",
            )
        return answer

    def answers(self) -> dict[tuple[str, str], Any]:
        known = {
            ("numpy", "ndarray"): _NDARRAY,
            ("numpy", "dtype"): _dtype,
            ("collections", "OrderedDict"): OrderedDict,
            ("_codecs", "encode"): _encode,
        }
        for builtins in ("builtins", "__builtin__"):  # the second up to protocol 2
            known[builtins, "tuple"] = tuple
            known[builtins, "bytes"] = _no_bytes
        for core in ("numpy.core", "numpy._core"):  # of numpy 1 and 2
            known[f"{core}.multiarray", "_reconstruct"] = _reconstruct
            known[f"{core}.multiarray", "scalar"] = _scalar
            known[f"{core}.numeric", "_frombuffer"] = _from_buffer
        return known


class _PaddleUnpickler(_Restricted):
    def answers(self) -> dict[tuple[str, str], Any]:
        # Paddle writes eval('data', {'data': array}) for a tensor; the literal is answered, nothing is evaluated.
        return {**super().answers(), ("builtins", "eval"): _data, ("__builtin__", "eval"): _data}


class _TorchUnpickler(_Restricted):
    def __init__(self, archive: zipfile.ZipFile, name: str, path: Path, /) -> None:
        super().__init__(io.BytesIO(archive.read(name)), path)
        self._archive = archive
        self._folder = name.removesuffix("data.pkl")

    def answers(self) -> dict[tuple[str, str], Any]:
        return {
            **super().answers(),
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
            ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
            **{("torch", name): _named(name) for name in _STORAGES},
        }

    def persistent_load(self, pid: Any) -> Array:
        _, storage, key, _, count = pid
        dtype = np.dtype(_STORAGES[storage.__name__])
        values = np.frombuffer(self._archive.read(f"{self._folder}data/{key}"), dtype)[:count]
        if storage.__name__ == "BFloat16Storage":
            return from_bfloat16(values)
        return values


def _named(name: str) -> Callable[[], str]:
    def storage() -> str:
        return name

    storage.__name__ = name
    return storage


def _rebuild_tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Array:
    if type(storage) is not np.ndarray or storage.ndim != 1 or not storage.flags.c_contiguous:
        raise ValueError("a tensor without a storage")
    # Python's integers: those of numpy, which a file may hold too, wrap around in the sum below.
    start, *rest = map(operator.index, (offset, *size, *stride))
    lengths, steps = rest[: len(size)], rest[len(size) :]
    last = start + sum((length - 1) * step for length, step in zip(lengths, steps, strict=True))
    if min(start, *rest, 0) < 0 or (0 not in lengths and last >= len(storage)):
        raise ValueError("a tensor reaches past its storage")
    strides = [step * storage.itemsize for step in steps]
    return np.lib.stride_tricks.as_strided(storage[start:], shape=lengths, strides=strides).copy()


def _data(literal: str, names: dict[str, Any]) -> Any:
    if literal != "data" or set(names) != {"data"}:
        raise ValueError(f"eval of {literal!r}")
    return names["data"]


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"encoding {encoding!r}")
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    """What protocol 2 writes for an array without values."""
    return b""


class _Dtype:
    """A numeric dtype; of its state only the byte order is read: the rest decides what numpy takes for pointers."""

    def __init__(self, name: Any, /) -> None:
        if name not in _DTYPES:
            raise ValueError(f"an array of {name}")
        self.value = np.dtype(name)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.value = self.value.newbyteorder(state[1])


class _Array(np.ndarray[Any, Any]):
    """An empty array that is filled once, with values that have been checked."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if self.size:
            raise ValueError("an array that is filled twice")
        *_, shape, dtype, fortran, data = state
        checked = _from_buffer(data, dtype, shape, "F" if fortran else "C")
        whole: Any = (1, checked.shape, checked.dtype, bool(fortran), bytes(data))
        super().__setstate__(whole)


def _dtype(name: Any, *_: Any) -> _Dtype:
    return _Dtype(name)


def _reconstruct(kind: Any, *_: Any) -> Array:
    if kind is not _NDARRAY:
        raise ValueError("not an array")
    return np.ndarray.__new__(_Array, 0)


def _scalar(dtype: Any, data: Any) -> Any:
    return _from_buffer(data, dtype, (1,), "C")[0]


def _from_buffer(buffer: Any, dtype: Any, shape: Any, order: Any) -> Array:
    if not isinstance(dtype, _Dtype) or not isinstance(buffer, bytes | bytearray):
        raise ValueError("an array of something else than numbers")
    return np.frombuffer(buffer, dtype.value).reshape(shape, order="F" if order == "F" else "C")
