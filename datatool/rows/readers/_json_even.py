"""Lines of JSON that are alike but for their texts, cut without a step per line or a parser.

Most files are written by a program: every line has the same keys in the same order, and the same blanks. What stands
between the texts of the first line must then stand between those of all, byte for byte.

    {"path":"a.jpg","label":"cat"}
    ~~~~~~~~~     ~~~~~~~~~~~   ~~~     fixed pieces, between and around the texts
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from datatool.rows.text._block import string_views

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_QUOTES: Final = 4  # of a key and its text
_LF, _COMMA = ord("\n"), ord(",")


def even_texts(data: bytes, keys: Mapping[str, str], /) -> dict[str, Any] | None:
    """Columns of texts; None where a line is not like the first, or holds more than texts without commas.

    Args:
        data: Whole lines.
        keys: What a column holds -> its key.
    """
    found = _first_keys(data)
    if found is None or not {*keys.values()} <= {*found} or b"\\" in data:
        return None
    view = np.frombuffer(data, np.uint8)
    ends, commas = np.flatnonzero(view < ord(" ")), np.flatnonzero(view == _COMMA)
    if not bool((view[ends] == _LF).all()) or len(commas) != (len(found) - 1) * len(ends) or not _is_utf8(data):
        return None
    if data.count(b'"') != _QUOTES * len(found) * len(ends):
        return None
    starts = np.concatenate([ends[-1:] - ends[-1], ends[:-1] + 1])
    places = _places(data, view, starts, [*commas.reshape(len(ends), -1).T], ends)
    if places is None:
        return None
    return {role: _texts(data, view, *places[found.index(key)]) for role, key in keys.items()}


def _first_keys(data: bytes) -> list[str] | None:
    """The keys of the first line, where each has a text."""
    try:
        first = json.loads(data[: data.index(b"\n")])
    except (ValueError, RecursionError):
        return None
    is_flat = isinstance(first, dict) and all(isinstance(value, str) for value in first.values())
    return [*first] if is_flat else None


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _places(
    data: bytes, view: Bytes, starts: Places, commas: list[Places], ends: Places
) -> list[tuple[Places, Places]] | None:
    """Where the text of each key begins and stops in every line; None where a fixed piece is not that of the first."""
    line = data[: ends[0] + 1]
    quotes = np.flatnonzero(np.frombuffer(line, np.uint8) == ord('"')).tolist()
    closed = [0, *quotes[3::_QUOTES]]  # where each fixed piece begins in the first line, and where it ends
    opened = [*quotes[2::_QUOTES], len(line) - 1]
    texts = []
    begin = starts
    for first, last, mark in zip(closed, opened, [starts, *commas, ends], strict=True):
        piece = line[first : last + 1]
        at = mark + (first - int(mark[0]))
        if bool((at < begin).any()) or int(at[-1]) + len(piece) > len(view) or not _stands_at(view, at, piece):
            return None
        texts.append((begin, at))
        begin = at + len(piece)
    return texts[1:]


def _stands_at(view: Bytes, places: Places, piece: bytes) -> bool:
    """Whether some bytes stand at all places; compared eight, four, two or one at a time."""
    done = 0
    while done < len(piece):
        size = next(size for size in (8, 4, 2, 1) if size <= len(piece) - done)
        words: npt.NDArray[Any] = np.ndarray((len(view) - size + 1,), f"<u{size}", view, 0, (1,))
        if not bool((words[places + done] == np.frombuffer(piece, f"<u{size}", 1, done)[0]).all()):
            return False
        done += size
    return True


def _texts(data: bytes, view: Bytes, begin: Places, stop: Places) -> Any:
    import pyarrow as pa

    return string_views(data, view, begin, stop - begin).cast(pa.string())
