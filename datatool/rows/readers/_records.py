"""Records of a CSV, where a stray quote costs its own line and none of those behind it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

STRAY_QUOTE: Final = "a quote opens on this line and is not closed as CSV asks for"


class Stray(NamedTuple):
    """A line that no record can be made of."""

    text: str


def read_records(
    lines: Iterable[str], /, *, whole: Sequence[int], **options: Any
) -> Iterator[tuple[int, list[str] | Stray]]:
    """Records with the line they begin on; a quoted field may span several lines.

    A quote that is never closed, or only by another stray one, would swallow the lines between. What spans several
    lines is therefore a record only where CSV is kept to the letter; else its first line is told and the next are read
    again by themselves.

    Args:
        lines: With their ends.
        whole: Columns whose fields never hold a line end.
        options: Of `csv.reader`.
    """
    source = _Lines(lines)
    reader = csv.reader(source, **options)
    line = 1
    while True:
        source.taken.clear()
        reread = bool(source.again)
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a field too long for the module
            record = None
        taken = source.taken
        closing = reread and taken[0].count('"') % 2 == 1  # the other end of a stray pair
        if record is None or closing or not _is_sound(taken, record, whole, options):
            source.again.extendleft(reversed(taken[1:]))
            yield line, Stray(taken[0].rstrip("\r\n"))
            line += 1
        else:
            yield line, record
            line += len(taken)


class _Lines:
    """Lines that can be put back, also behind the last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.again: deque[str] = deque()
        self.taken: list[str] = []
        self._source = iter(lines)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self._source)
        self.taken.append(line)
        return line


def _is_sound(lines: Sequence[str], record: list[str], whole: Sequence[int], options: dict[str, Any]) -> bool:
    broken = any("\n" in record[at] for at in whole if at < len(record))
    if len(lines) == 1 or (broken and len(lines) > 2):  # no path holds that much: lines lie between two stray quotes
        return not broken
    try:
        next(csv.reader(lines, **options, strict=True))
    except csv.Error:
        return False
    return True
