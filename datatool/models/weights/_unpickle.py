"""Pickles of weights without running code: only tuples, dicts, numpy arrays and torch's tensor records are built."""

from __future__ import annotations

import math
import operator
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import Array
from datatool.models.weights._budget import Budget, check_count
from datatool.models.weights._pickle_machine import CutShortError, Fillable, Name, PickleMachine

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
_NDARRAY: Final = Name("numpy.ndarray")  # never called: it would take memory of the file's choosing for its values
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack a member as a whole, whatever its size
_MEMBER: Final = b"PK\x01\x02"  # begins each entry in an archive's list of members
_CHUNK: Final = 1 << 24
_NO_END: Final = "File is not a zip file"  # what zipfile says where the list of members, at the end, is missing
_MAX_DIMENSIONS: Final = 32  # of an array, in every numpy
_SHOWN: Final = 200  # characters of what a library said about a damaged file


def read_pdparams(path: Path, /) -> dict[str, Any]:
    """The dict that Paddle saved.

    Raises:
        CheckpointError: If the file is not such a pickle, or asks for anything but data.
    """
    try:
        return _as_dict(_PaddlePickle(path, Budget(path)).load(path.read_bytes()), path)
    except Exception as error:  # noqa: BLE001 - a damaged pickle may raise anything
        raise _damaged(path, error) from None


def read_pth(path: Path, /) -> dict[str, Any]:
    """The dict that torch saved, in its zip format.

    Raises:
        CheckpointError: If the file is not such an archive, or asks for anything but data.
    """
    try:
        check_count(_count_members(path), path)
        with zipfile.ZipFile(path) as archive:
            name = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
            if name is None:
                raise CheckpointError(
                    "weights of torch must hold data.pkl; the archive has none",
                    file=path,
                    hint="unpack the archive if the weights lie in it",
                )
            stored = _Members(archive, name.removesuffix("data.pkl"), Budget(path))
            return _as_dict(_TorchPickle(path, stored).load(stored.read("data.pkl")), path)
    except Exception as error:  # noqa: BLE001 - a damaged archive may raise anything
        raise _damaged(path, error) from None


def from_bfloat16(bits: Array, /) -> Array:
    """float32 of the upper halves of floats, uint16 of the same shape."""
    whole: Array = (bits.astype(np.uint32) << 16).view(np.float32)
    return whole


def _count_members(path: Path) -> int:
    """At least as many as the archive has; `zipfile` reads the whole list before it tells."""
    number, last = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            number += (last + chunk).count(_MEMBER)
            last = chunk[1 - len(_MEMBER) :]
    return number


def cut_short(path: Path, what: str, /) -> CheckpointError:
    """The error for a file that is not all there."""
    return CheckpointError(
        f"weights must be a whole file; got one that is cut short ({what[:_SHOWN]})",
        file=path,
        hint="copy or download it again, and compare its size with the original's",
    )


def _damaged(path: Path, error: Exception) -> CheckpointError:
    if isinstance(error, CheckpointError):
        return error
    what = str(error) or type(error).__name__
    if isinstance(error, CutShortError) or what == _NO_END:
        return cut_short(path, what)
    return CheckpointError(
        f"weights must be a whole file of numbers; got '{what[:_SHOWN]}'",
        file=path,
        hint="copy or download it again; if it was whole, convert it to safetensors where it was made",
    )


def _as_dict(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CheckpointError(
            f"weights must be a dict of names; got {type(value).__name__}",
            file=path,
            hint="save the model's state_dict()",
        )
    return value


class _Pickle:
    """What a pickle may name: the makers of arrays, all of which charge the budget."""

    def __init__(self, path: Path, budget: Budget, /) -> None:
        self._path = path
        self._budget = budget

    def load(self, data: bytes, /) -> Any:
        """The value of the pickle."""
        return PickleMachine(find=self._find, stored=self.stored).load(data)

    @cached_property
    def _names(self) -> dict[tuple[str, str], Name]:
        return self.names()

    def stored(self, pid: Any, /) -> Any:
        """What a persistent id stands for."""
        raise ValueError(f"a value outside the file, {type(pid).__name__}")

    def names(self) -> dict[tuple[str, str], Name]:
        """(module, name) -> meaning."""
        known = {
            ("numpy", "ndarray"): _NDARRAY,
            ("numpy", "dtype"): Name("numpy.dtype", lambda name, *_: _Dtype(name)),
            ("collections", "OrderedDict"): Name("OrderedDict", dict),
            ("_codecs", "encode"): Name("encode", self._encode),
        }
        for builtins in ("builtins", "__builtin__"):  # the second up to protocol 2
            known[builtins, "tuple"] = Name("tuple", self._tuple)
            known[builtins, "bytes"] = Name("bytes", lambda: b"")  # what protocol 2 writes for an array without values
        for core in ("numpy.core", "numpy._core"):  # of numpy 1 and 2
            known[f"{core}.multiarray", "_reconstruct"] = Name("_reconstruct", self._reconstruct)
            known[f"{core}.multiarray", "scalar"] = Name("scalar", self._scalar)
            known[f"{core}.numeric", "_frombuffer"] = Name("_frombuffer", self._from_buffer)
        return known

    def _find(self, module: str, name: str) -> Name:
        found = self._names.get((module, name))
        if found is None:
            raise CheckpointError(
                f"weights must hold data only; the file asks for {f'{module}.{name}'[:_SHOWN]!r}, which could run code",
                file=self._path,
                hint="convert it to safetensors where it was made",
            )
        return found

    def _tuple(self, items: list[Any] | tuple[Any, ...]) -> tuple[Any, ...]:
        if type(items) not in (list, tuple):
            raise ValueError("a tuple of something else than items")
        self._budget.charge(8 * len(items))
        return tuple(items)

    def _encode(self, text: str, encoding: str) -> bytes:
        if encoding not in ("latin1", "latin-1"):
            raise ValueError("text in another encoding than latin1")
        self._budget.charge(len(text))
        return text.encode("latin-1")

    def _reconstruct(self, kind: Any, *_: Any) -> Array:
        if kind is not _NDARRAY:
            raise ValueError("not an array")
        made = np.ndarray.__new__(_Array, 0)
        made.budget = self._budget
        return made

    def _scalar(self, dtype: Any, data: Any) -> Any:
        return self._from_buffer(data, dtype, (1,), "C")[0]

    def _from_buffer(self, buffer: Any, dtype: Any, shape: Any, order: Any) -> Array:
        return _numbers(buffer, dtype, shape, order, self._budget)


class _PaddlePickle(_Pickle):
    def names(self) -> dict[tuple[str, str], Name]:
        # Paddle writes eval('data', {'data': array}) for a tensor; the literal is answered, nothing is evaluated.
        data = Name("eval", _data)
        return {**super().names(), ("builtins", "eval"): data, ("__builtin__", "eval"): data}


class _Members:
    """Members of torch's archive, read at most once each and never past what the archive says of their size."""

    def __init__(self, archive: zipfile.ZipFile, folder: str, budget: Budget, /) -> None:
        self._archive = archive
        self._folder = folder
        self.budget = budget
        self._read: dict[str, bytes] = {}

    def read(self, name: str, /) -> bytes:
        """Bytes of a member."""
        if name not in self._read:
            member = self._archive.getinfo(f"{self._folder}{name}")
            if member.compress_type not in _METHODS:
                raise ValueError("a member that is neither stored nor deflated")
            self.budget.charge(member.file_size)
            with self._archive.open(member) as file:
                data = file.read(member.file_size)
            if len(data) != member.file_size:
                raise CutShortError(f"{len(data):,} of {member.file_size:,} bytes of a member")
            self._read[name] = data
        return self._read[name]


class _TorchPickle(_Pickle):
    def __init__(self, path: Path, members: _Members, /) -> None:
        super().__init__(path, members.budget)
        self._members = members
        self._storages: dict[tuple[str, str], Array] = {}
        # One that a model has under several names is made once; the storage stays, since its address is in the key.
        self._tensors: dict[tuple[Any, ...], tuple[Array, Array]] = {}

    def names(self) -> dict[tuple[str, str], Name]:
        return {
            **super().names(),
            ("torch._utils", "_rebuild_tensor_v2"): Name("_rebuild_tensor_v2", self._rebuild_tensor),
            ("torch._utils", "_rebuild_parameter"): Name("_rebuild_parameter", lambda data, *_: data),
            **{("torch", name): Name(name) for name in _STORAGES},
        }

    def stored(self, pid: Any, /) -> Array:
        _, named, key, _, count = pid
        kind = named.text
        if (kind, key) not in self._storages:
            values = np.frombuffer(self._members.read(f"data/{key}"), np.dtype(_STORAGES[kind]))
            if kind == "BFloat16Storage":
                self._budget.charge(2 * values.nbytes)
                values = from_bfloat16(values)
            self._storages[kind, key] = values
        return self._storages[kind, key][: operator.index(count)]

    def _rebuild_tensor(self, storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Array:
        if type(storage) is not np.ndarray or storage.ndim != 1 or not storage.flags.c_contiguous:
            raise ValueError("a tensor without a storage")
        # Python's integers: those of numpy, which a file may hold too, wrap around in the sums below.
        start, lengths, steps = operator.index(offset), _whole(size), _whole(stride)
        last = start + sum((length - 1) * step for length, step in zip(lengths, steps, strict=True))
        if min(start, *lengths, *steps, 0) < 0 or (0 not in lengths and last >= len(storage)):
            raise ValueError("a tensor reaches past its storage")
        key = (storage.ctypes.data, len(storage), storage.dtype.str, start, lengths, steps)
        if key not in self._tensors:
            self._budget.charge(math.prod(lengths) * storage.itemsize)
            strides = [step * storage.itemsize for step in steps]
            view = np.lib.stride_tricks.as_strided(storage[start:], shape=lengths, strides=strides)
            self._tensors[key] = view.copy(), storage
        return self._tensors[key][0]


def _whole(numbers: Any) -> tuple[int, ...]:
    if type(numbers) is not tuple or len(numbers) > _MAX_DIMENSIONS:
        raise ValueError(f"a shape of more than {_MAX_DIMENSIONS} dimensions")
    found = tuple(map(operator.index, numbers))
    if any(abs(number) >> 62 for number in found):
        raise ValueError("a shape that no array has")
    return found


def _data(literal: str, names: dict[str, Any]) -> Any:
    if literal != "data" or set(names) != {"data"}:
        raise ValueError("a call of eval")
    return names["data"]


class _Dtype(Fillable):
    """A numeric dtype; of its state only the byte order is read: the rest decides what numpy takes for pointers."""

    def __init__(self, name: Any, /) -> None:
        if type(name) is not str or name not in _DTYPES:
            raise ValueError("an array of something else than numbers")
        self.value = np.dtype(name)

    def take_state(self, state: Any, /) -> None:
        self.value = self.value.newbyteorder(state[1])


class _Array(np.ndarray[Any, Any], Fillable):
    """An empty array that is filled once, with values that have been checked."""

    budget: Budget | None = None

    def take_state(self, state: Any, /) -> None:
        if self.budget is None:
            raise ValueError("an array that is filled twice")
        *_, shape, dtype, fortran, data = state
        checked = _numbers(data, dtype, shape, "F" if fortran else "C", self.budget)
        whole: Any = (1, checked.shape, checked.dtype, bool(fortran), bytes(data))
        self.budget = None
        self.__setstate__(whole)


def _numbers(buffer: Any, dtype: Any, shape: Any, order: Any, budget: Budget) -> Array:
    """The array over a buffer, which it must fill exactly."""
    if not isinstance(dtype, _Dtype) or not isinstance(buffer, bytes | bytearray):
        raise ValueError("an array of something else than numbers")
    budget.charge(len(buffer))
    return np.frombuffer(buffer, dtype.value).reshape(_whole(shape), order="F" if order == "F" else "C")
