"""Lines of JSON that are alike but for their texts, cut without a step per line or a parser.

Most files are written by a program: every line has the same keys in the same order, and the same blanks. What stands
between the texts of the first line must then stand between those of all, byte for byte.

    {"path":"a.jpg","label":"cat"} LF {"path":"b.jpg", ...
    ~~~~~~~~~     ~~~~~~~~~~~   ~~~~~~~~~~~~~             fixed pieces, between the texts of a line and of two
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from datatool.rows.text._block import string_views
from datatool.rows.text._fields import count_byte, field_stops, is_utf8, line_starts

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_QUOTES: Final = 4  # of a key and its text
_COMMA, _QUOTE = ord(","), ord('"')


def even_texts(data: bytes, keys: Mapping[str, str], /) -> dict[str, Any] | None:
    """Columns of texts, as views into the block; None where a line is not like the first, or a text has a comma.

    The views are to be copied, not to be compared; see `string_views`.

    Args:
        data: Whole lines.
        keys: What a column holds -> its key.
    """
    found = _first_keys(data)
    if found is None or not {*keys.values()} <= {*found} or b"\\" in data:
        return None
    view = np.frombuffer(data, np.uint8)
    marks = field_stops(view, _COMMA, len(found))
    if marks is None or count_byte(data, _QUOTE) != _QUOTES * len(found) * len(marks[0]) or not is_utf8(data):
        return None
    places = _places(data, view, marks)
    if places is None:
        return None
    chosen = {role: places[found.index(key)] for role, key in keys.items()}
    return {
        role: string_views(data, view, begin, stop - begin, is_passed_on=False)
        for role, (begin, stop) in chosen.items()
    }


def _first_keys(data: bytes) -> list[str] | None:
    """The keys of the first line, where each has a text."""
    try:
        first = json.loads(data[: data.index(b"\n")])
    except (ValueError, RecursionError):
        return None
    is_flat = isinstance(first, dict) and all(isinstance(value, str) for value in first.values())
    return [*first] if is_flat else None


def _places(data: bytes, view: Bytes, marks: list[Places]) -> list[tuple[Places, Places]] | None:
    """Where the text of each key begins and stops in every line; None where a fixed piece is not that of the first.

    Args:
        data: The block.
        view: Its bytes.
        marks: The places of each comma of every line, and those of the line ends.
    """
    line = data[: marks[-1][0] + 1]
    quotes = np.flatnonzero(np.frombuffer(line, np.uint8) == _QUOTE).tolist()
    closed, opened = quotes[3::_QUOTES], quotes[2::_QUOTES]  # where texts stop in the first line, and open
    head, tail = line[: opened[0] + 1], line[closed[-1] :]
    if not data.endswith(tail):
        return None
    pieces = [line[first : last + 1] for first, last in zip(closed, opened[1:], strict=False)]
    begin = line_starts(marks[-1])
    begin += len(head)
    texts: list[tuple[Places, Places]] = []
    for first, piece, mark in zip(closed, [*pieces, tail + head], marks, strict=True):
        stop = mark + (first - int(mark[0]))
        between = stop if len(texts) < len(pieces) else stop[:-1]  # nothing follows the last line
        if bool((stop < begin).any()) or not _stand_at(view, between, piece):
            return None
        texts.append((begin, stop))
        begin = stop + len(piece)
    return texts


def _stand_at(view: Bytes, places: Places, piece: bytes) -> bool:
    """Whether some bytes stand at all places, which ascend."""
    if not len(places) or int(places[-1]) + len(piece) > len(view):
        return not len(places)
    pieces: npt.NDArray[Any] = np.ndarray((len(view) - len(piece) + 1,), f"V{len(piece)}", view, 0, (1,))
    return pieces[places].tobytes() == piece * len(places)
