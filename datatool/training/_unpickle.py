"""Pickles of weights without running code: only tuples, dicts, numpy arrays and torch's tensor records are built."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.training._kit import Array

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


def _load(unpickler: pickle.Unpickler, path: Path) -> Any:
    try:
        return unpickler.load()
    except CheckpointError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged pickle may raise anything
        raise CheckpointError(
            f"weights must be a whole file; got '{error or type(error).__name__}'", file=path
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
        numpy = {
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
            ("collections", "OrderedDict"): OrderedDict,
            ("builtins", "tuple"): tuple,
            ("_codecs", "encode"): _encode,
        }
        for core in ("numpy.core", "numpy._core"):
            numpy[f"{core}.multiarray", "_reconstruct"] = _reconstruct
            numpy[f"{core}.multiarray", "scalar"] = _scalar
            numpy[f"{core}.numeric", "_frombuffer"] = _from_buffer
        return numpy


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
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values


def _named(name: str) -> Callable[[], str]:
    def storage() -> str:
        return name

    storage.__name__ = name
    return storage


def _rebuild_tensor(storage: Array, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Array:
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if offset < 0 or min(stride, default=0) < 0 or (0 not in size and last >= len(storage)):
        raise ValueError("a tensor reaches past its storage")
    strides = tuple(step * storage.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(storage[offset:], shape=size, strides=strides).copy()


def _data(literal: str, names: dict[str, Any]) -> Any:
    if literal != "data" or set(names) != {"data"}:
        raise ValueError(f"eval of {literal!r}")
    return names["data"]


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"encoding {encoding!r}")
    return text.encode("latin-1")


def _plain(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.hasobject:
        raise ValueError("an array of objects")
    return dtype


def _reconstruct(kind: type, shape: tuple[int, ...], dtype: Any) -> Array:
    if kind is not np.ndarray:
        raise ValueError("not an array")
    return np.ndarray(shape, _plain(np.dtype(dtype)))


def _scalar(dtype: np.dtype[Any], data: bytes) -> Any:
    return np.frombuffer(data, _plain(dtype))[0]


def _from_buffer(buffer: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: str) -> Array:
    return np.frombuffer(buffer, _plain(dtype)).reshape(shape, order="F" if order == "F" else "C")
