"""Weights that static graphs of Paddle saved: one file for each variable, in a folder or a tar of it.

A file is: version 0 (uint32), levels of detail (uint64, and as many blocks of uint64 length and bytes), version 0
(uint32), length of the description (int32), the description (protobuf `TensorDesc`: 1 the data type, 2 the sizes, one
by one), and the values, row by row.
"""

from __future__ import annotations

import math
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import Array
from datatool.models.weights._budget import check_count

_TYPES: Final = {0: "?", 1: "<i2", 2: "<i4", 3: "<i8", 4: "<f2", 5: "<f4", 6: "<f8", 20: "u1", 21: "i1"}
_MAX_LEVELS: Final = 16
_MAX_DESCRIPTION: Final = 4096  # bytes; a shape of 8 sizes has 50
_MAX_BYTES: Final = 32 << 30  # of all files: no image model is a tenth of it


def is_saved_vars(path: Path, /) -> bool:
    """Whether a folder holds variables of a static graph: the first file begins as one does."""
    if not path.is_dir():
        return False
    first = next((file for file in sorted(path.iterdir()) if file.is_file()), None)
    if first is None:
        return False
    with first.open("rb") as file:
        return _begins_so(file.read(12))


def read_folder(path: Path, /) -> dict[str, Array]:
    """The variables of a folder by name.

    Raises:
        CheckpointError: If a file is none, or is cut short.
    """
    files = [file for file in sorted(path.iterdir()) if file.is_file()]
    check_count(len(files), path)
    _check_size(sum(file.stat().st_size for file in files), path)
    return {file.name: read_variable(file.read_bytes(), file) for file in files}


def tar_members(path: Path, /) -> Iterator[tuple[str, bytes]]:
    """Name without folders, and bytes, of every file in an uncompressed tar.

    Raises:
        CheckpointError: If it is damaged.
    """
    _check_size(path.stat().st_size, path)
    try:
        with tarfile.open(path, "r:") as archive:
            members = [member for member in archive if member.isfile()]
            check_count(len(members), path)
            for member in members:
                file = archive.extractfile(member)
                if file is not None and not Path(member.name).name.startswith("."):
                    yield Path(member.name).name, file.read()
    except (tarfile.TarError, EOFError, OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"weights must be in a whole tar; got {type(error).__name__}", file=path) from None


def read_variable(data: bytes, file: Path, /) -> Array:
    """One variable.

    Raises:
        CheckpointError: If the bytes are none.
    """
    try:
        return _variable(data)
    except (ValueError, struct.error, IndexError, KeyError) as error:
        raise CheckpointError(
            f"a folder of weights must hold one variable in each file; '{file.name}' is none ({error})", file=file
        ) from None


def _begins_so(head: bytes) -> bool:
    return len(head) == 12 and head[:4] == b"\0\0\0\0" and int.from_bytes(head[4:12], "little") <= _MAX_LEVELS


def _variable(data: bytes) -> Array:
    if not _begins_so(data[:12]):
        raise ValueError("it does not begin as one")
    at = 12
    for _ in range(int.from_bytes(data[4:12], "little")):
        at += 8 + struct.unpack_from("<Q", data, at)[0]
    version, length = struct.unpack_from("<Ii", data, at)
    at += 8
    if version != 0 or not 0 < length <= _MAX_DESCRIPTION:
        raise ValueError("its description is missing")
    kind, sizes = _description(data[at : at + length])
    values = memoryview(data)[at + length :]
    dtype = np.dtype(_TYPES[kind])
    if len(values) != math.prod(sizes) * dtype.itemsize:
        raise ValueError(f"{len(values):,} bytes of values for the shape {sizes}")
    return np.frombuffer(values, dtype).reshape(sizes)


def _description(data: bytes) -> tuple[int, list[int]]:
    kind, sizes, at = -1, [], 0
    while at < len(data):
        tag = data[at]
        value, at = _varint(data, at + 1)
        if tag == 0x08:
            kind = value
        elif tag == 0x10:
            sizes.append(value)
        else:
            raise ValueError("its description holds something else")
    return kind, sizes


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if shift > 63:
            raise ValueError("a size that no tensor has")
    return value | data[at] << shift, at + 1


def _check_size(size: int, path: Path) -> None:
    if size > _MAX_BYTES:
        raise CheckpointError(f"weights must be at most {_MAX_BYTES:,} bytes; got {size:,}", file=path)
