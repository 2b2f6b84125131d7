"""Places of the rows of a column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Container, Span, whole_number

NOWHERE: Final = -1


class NotInPlaceError(Exception):
    """The bytes do not lie in the table as they are; the message says what does, without the table."""


class RowPlaces(NamedTuple):
    """Where the bytes of each row lie in a table.

    Attributes:
        container: The table.
        offset: int64 (N,), bytes; -1 where a row holds nothing.
        length: int64 (N,), bytes.
    """

    container: Container
    offset: NDArray[np.int64]
    length: NDArray[np.int64]

    def span(self, name: str, /) -> Span | None:
        """The place of a row by its name, which begins with its number from 1; None where it holds nothing."""
        number = whole_number(name.partition("/")[0])
        return None if number is None else self.span_at(number - 1)

    def span_at(self, row: int, /) -> Span | None:
        """The same by its number from 0."""
        if not 0 <= row < len(self.offset) or self.offset[row] == NOWHERE:
            return None
        return Span(self.container, int(self.offset[row]), int(self.length[row]))


class Places(NamedTuple):
    """Offsets and lengths of some rows, in order."""

    offset: NDArray[np.int64]
    length: NDArray[np.int64]


def joined(parts: Sequence[Places], /) -> Places:
    """Places of rows that follow one another."""
    none = np.zeros(0, np.int64)
    offset, length = ([none, *arrays] for arrays in (zip(*parts, strict=True) if parts else ([], [])))
    return Places(np.concatenate(offset), np.concatenate(length))


def only_valid(starts: NDArray[np.int64], lengths: NDArray[np.int64], valid: NDArray[np.bool_], /) -> Places:
    """Places where a row is valid, and nowhere else."""
    return Places(np.where(valid, starts, NOWHERE), np.where(valid, lengths, 0))


class TableSource(NamedTuple):
    """A table that is read by place, on this machine or on a bucket.

    Attributes:
        pread: (bytes, place) -> the bytes.
        size: Of the whole, in bytes.
        opened: Makes a file that Arrow reads, for schemas and footers.
    """

    pread: Callable[[int, int], bytes]
    size: int
    opened: Callable[[], Any]


def read_exactly(pread: Callable[[int, int], bytes], length: int, offset: int, /) -> bytes:
    """Bytes of a table.

    Raises:
        NotInPlaceError: If they are not all there.
    """
    data = pread(length, offset) if length >= 0 and offset >= 0 else b""
    if len(data) != length:
        raise NotInPlaceError(f"damage at byte {offset:,}")
    return data
