"""Tracebacks of Python in a log, collected line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

OPENING: Final = "Traceback (most recent call last):"
_NATIVE: Final = "C++ Traceback"  # of Paddle; its lines are no Python
_CUT_OFF: Final = "(the log ends inside this traceback)"
_MOST_LINES: Final = 200  # of one traceback; a recursion that printed itself may have thousands


@dataclass(frozen=True, kw_only=True)
class Traceback:
    """One traceback.

    Attributes:
        first_line: 1-based line of its opening.
        line: 1-based line of the exception.
        lines: Its lines, without a prefix such as ``[rank0]:``; the last is the exception.
    """

    first_line: int
    line: int
    lines: tuple[str, ...]

    @property
    def exception(self) -> str:
        """The line of the exception."""
        return self.lines[-1].strip()


@dataclass
class Collector:
    """Takes lines one after another; a finished traceback is handed out as soon as its exception has come."""

    _prefix: str = ""
    _first_line: int = 0
    _lines: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether a traceback has begun and its exception has not come."""
        return bool(self._lines)

    def take(self, line: str, number: int, /) -> Traceback | None:
        """The next line; the traceback that it ends, if it does."""
        if OPENING in line and _NATIVE not in line:
            self._begin(line, number)
            return None
        if not self.is_open:
            return None
        body = line.removeprefix(self._prefix)
        if not body.strip() or body[:1] in " \t":
            if len(self._lines) < _MOST_LINES:
                self._lines.append(body)
            return None
        found = Traceback(first_line=self._first_line, line=number, lines=(*self._lines, body))
        self._lines = []
        return found

    def cut_off(self, number: int, /) -> Traceback | None:
        """The traceback in which the log ends, if it does; ``number`` is its last line."""
        if not self.is_open:
            return None
        return Traceback(first_line=self._first_line, line=number, lines=(*self._lines, _CUT_OFF))

    def _begin(self, line: str, number: int) -> None:
        self._prefix, _, _ = line.partition(OPENING)
        self._first_line = number
        self._lines = [OPENING]
