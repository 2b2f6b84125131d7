"""Lines with as many fields each, cut at their delimiters without a step per line or a parser.

A block is looked at in windows, whose flags lie in memory that is used again: an array as large as the block would get
fresh pages from the system each time, which costs more than what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

_WINDOW: Final = 1 << 18
_LF, _SPACE = ord("\n"), ord(" ")


def field_stops(view: Bytes, delimiter: int, fields: int, /) -> list[Places] | None:
    """Where the fields of every line stop: an array for each, the last one of line ends.

    Args:
        view: Whole lines.
        delimiter: What stands between two fields.
        fields: How many a line has.

    Returns:
        None where a line has another number of fields, or holds any other control character.
    """
    marks = _marks(view, delimiter)
    if len(marks) % fields:
        return None
    kinds = view[marks].reshape(-1, fields)
    if not bool((kinds[:, -1] == _LF).all()) or not bool((kinds[:, :-1] == delimiter).all()):
        return None
    return [*np.ascontiguousarray(marks.reshape(-1, fields).T)]


def line_starts(ends: Places, /) -> Places:
    """Where lines begin that end at these places."""
    starts = np.empty_like(ends)
    starts[:1] = 0
    np.add(ends[:-1], 1, out=starts[1:])
    return starts


def is_utf8(data: bytes, /) -> bool:
    """Whether a block is UTF-8 as a whole."""
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def count_byte(data: bytes, byte: int, /) -> int:
    """How often a byte stands in a block; `bytes.count` takes several times as long where it is frequent."""
    found = 0
    for _, window, flags, _ in _windows(np.frombuffer(data, np.uint8)):
        np.equal(window, byte, out=flags)
        found += int(np.count_nonzero(flags))
    return found


def _marks(view: Bytes, delimiter: int) -> Places:
    """Places of the delimiter and of control characters, line ends among them."""
    found = []
    for start, window, flags, others in _windows(view):
        np.less(window, _SPACE, out=flags)
        np.equal(window, delimiter, out=others)
        np.logical_or(flags, others, out=flags)
        places = np.flatnonzero(flags)
        places += start
        found.append(places)
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _windows(view: Bytes) -> Iterator[tuple[int, Bytes, Flags, Flags]]:
    """Windows of a block with where they begin, and room for two flags of each of their bytes."""
    room = np.empty((2, min(len(view), _WINDOW)), np.bool_)
    for start in range(0, len(view), _WINDOW):
        window = view[start : start + _WINDOW]
        yield start, window, room[0, : len(window)], room[1, : len(window)]
