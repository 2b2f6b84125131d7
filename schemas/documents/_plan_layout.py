"""Cells in `plan.json`: a line of JSON each, its fields below those of the line before, so that columns can be cut out.

      "cells": [
        {"class":   0, "source": "real"     , "rows": 120, "quota": 60, "weight": 1.0},
        {"class":   0, "source": "synthetic", "rows":  40, "quota": 20, "weight": 0.5}
      ],

100,000 of them are read in a tenth of the time that a JSON parser takes. A document in any other layout is left to one.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas._digits import eight_digits
from datatool.schemas.allocation import Cells

Bytes = NDArray[np.uint8]

_KEY: Final = b'"cells"'
_OPEN: Final = b'\n  "cells": [\n'
_EMPTY: Final = _OPEN.rstrip() + b"]"  # as pydantic writes a list without members
_CLOSE: Final = b'\n  ],\n  "prior": '  # the next field
_LINE: Final = re.compile(
    rb'    \{"class": ( *\d+), "source": (".*" *), "rows": ( *\d+), "quota": ( *\d+), "weight": (\S+ *)\}[, ]\n'
)
_WIDTH: Final = 16  # of a whole number
_HIGH: Final = np.uint64(0xF0F0F0F0F0F0F0F0)  # the half of a byte that tells digits from spaces
_SPACE_TO_ZERO: Final = np.uint64(0x1010101010101010)
_POWERS: Final = 10 ** np.arange(1, _WIDTH)
# That half of spaces and the 1, 2 and so on digits behind them.
_KINDS: Final = np.where(np.arange(_WIDTH) < np.arange(_WIDTH)[::-1, None], 0x20, 0x30).astype(np.uint8).view("<u8")
_WIDEST: Final = 1 << 10  # bytes of a source; padding others to it would make a file of many cells a long one


def with_cells(text: str, cells: Cells, /) -> str | None:
    """A document that was written without cells, with them; None where a source is too long to pad others to it."""
    sources = {source: _shown(source) for source in set(cells.source)}
    widths = {source: len(shown.encode()) for source, shown in sources.items()}
    if max(widths.values(), default=_WIDEST + 1) > _WIDEST:
        return None
    padded = {source: shown + " " * (max(widths.values()) - widths[source]) for source, shown in sources.items()}
    weights = list(map(repr, cells.weight.tolist()))
    numbers = [column.tolist() for column in (cells.label, cells.num_rows, cells.quota)]
    label, rows, quota = (max(map(len, map(str, (max(column), min(column))))) for column in numbers)
    line = (
        f'    {{"class": %{label}d, "source": %s, "rows": %{rows}d, "quota": %{quota}d, '
        f'"weight": %-{max(map(len, weights))}s}}'
    )
    columns = zip(numbers[0], map(padded.__getitem__, cells.source), numbers[1], numbers[2], weights, strict=True)
    lines = ",\n".join(map(line.__mod__, columns))
    empty = _EMPTY.decode()
    assert text.count(empty) == 1
    return text.replace(empty, f"{_OPEN.decode()}{lines} \n  ]")


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def without_cells(text: bytes, /) -> tuple[bytes, Cells] | None:
    """A document with no cell but the first, and all of them; None where they are not laid out as above."""
    start = text.find(_OPEN) + len(_OPEN)
    first = _LINE.match(text, start)
    end = text.rfind(_CLOSE, start) + 1
    if first is None or end <= start or (end - start) % len(first[0]):
        return None
    table = np.frombuffer(text, np.uint8, end - start, start).reshape(-1, len(first[0]))
    rest = text[: start + len(first[0]) - 2] + text[end - 1 :]  # without what separates the first from the next
    try:
        cells = _cells(table, [(low - start, high - start) for low, high in map(first.span, range(1, 6))])
    except (ValueError, RecursionError):
        return None
    return None if rest.count(_KEY) != 1 else (rest, cells)


def _cells(table: Bytes, fields: list[tuple[int, int]]) -> Cells:
    """Cells of lines, uint8 (K, length of a line); ValueError where they are not laid out alike."""
    alike = (table == table[0]).all(axis=0)
    fixed, separator = alike.copy(), table[:, -2]
    for low, high in fields:
        fixed[low:high] = True
    fixed[-2] = (separator[:-1] == ord(",")).all() and separator[-1] == ord(" ")
    if not fixed.all():
        raise ValueError
    label, num_rows, quota = (_whole(table[:, slice(*fields[place])]) for place in (0, 2, 3))
    sources, weights = (_texts(table[:, low:high], alike=alike[low:high].all()) for low, high in fields[1::3])
    if num_rows.min() < 1:
        raise ValueError
    return Cells(label=label, source=_sources(sources), num_rows=num_rows, quota=quota, weight=_weights(weights))


def _whole(field: Bytes) -> NDArray[np.int64]:
    """Numbers without leading zeros behind spaces, uint8 (K, width), eight digits at a time."""
    parts = -(-field.shape[1] // 8)
    if 8 * parts > _WIDTH:
        raise ValueError
    padded = np.full((len(field), 8 * parts), ord(" "), np.uint8)
    padded[:, -field.shape[1] :] = field
    words = padded.view("<u8")
    value = np.zeros(len(field), np.int64)
    for word in words.T:
        part, digits = eight_digits(word | _SPACE_TO_ZERO)
        if not digits.all():
            raise ValueError
        value = 10**8 * value + part
    if (words & _HIGH != _KINDS[np.searchsorted(_POWERS, value, side="right"), -parts:]).any():
        raise ValueError
    return value


def _texts(field: Bytes, *, alike: bool) -> list[bytes]:
    """The bytes of each row, uint8 (K, width)."""
    if alike:
        return [field[0].tobytes()] * len(field)
    texts: list[bytes] = np.ascontiguousarray(field).view(f"V{field.shape[1]}").ravel().tolist()
    return texts


def _sources(texts: list[bytes]) -> tuple[str, ...]:
    values = {text: json.loads(text.decode()) for text in set(texts)}
    if any(_shown(value) != text.decode().rstrip(" ") for text, value in values.items()):
        raise ValueError
    return tuple(map(values.__getitem__, texts))


def _weights(texts: list[bytes]) -> NDArray[np.float64]:
    distinct = list(set(texts))
    values = json.loads(f"[{b','.join(distinct).decode()}]")  # one by one they take as long as all else
    if len(values) != len(distinct) or not all(type(value) is float and 0 <= value < math.inf for value in values):
        raise ValueError
    known = dict(zip(distinct, values, strict=True))
    return np.fromiter(map(known.__getitem__, texts), np.float64, len(texts))
