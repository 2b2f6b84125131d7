"""What reading a weight file may take: a multiple of the file's own size, whatever the file asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from datatool.errors import CheckpointError

# The values of a file take up to 4 times its size: bfloat16 doubles, and torch's storages are copied into tensors; a
# deflated member is smaller by a tenth at most. What is below the floor harms nobody.
_TIMES: Final = 8
_FLOOR: Final = 16 << 20
# A tensor takes up to 0.1 ms to read whatever its size, and a file of 10 MB can hold hundreds of thousands of empty
# ones; the largest image models have a few thousand.
_MAX_TENSORS: Final = 50_000


def check_count(number: int, path: Path, /) -> None:
    """Whether the tensors of a file can be read in a time that has an end.

    Raises:
        CheckpointError: If there are too many.
    """
    if number > _MAX_TENSORS:
        raise CheckpointError(f"weights must be at most {_MAX_TENSORS:,} tensors; got {number:,}", file=path)


class Budget:
    """Bytes that may still be made out of a file."""

    def __init__(self, path: Path, /) -> None:
        self._path = path
        self._size = path.stat().st_size
        self._left = _TIMES * self._size + _FLOOR

    def charge(self, num_bytes: int, /) -> None:
        """Take bytes that are about to be made.

        Raises:
            CheckpointError: If that is more than a file of this size holds.
        """
        self._left -= num_bytes
        if self._left < 0:
            raise CheckpointError(
                f"weights must not unfold to more than {_TIMES} times their file and {_FLOOR >> 20} MiB; "
                f"{self._size:,} bytes ask for more",
                file=self._path,
                hint="do not use this file: no trainer writes such a one",
            )
