"""One pass over a log: which rules matched where, and the tracebacks that stand in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from datatool.explain._rules import Pattern, Rule, Rules
from datatool.explain._settings import Settings
from datatool.explain._tracebacks import OPENING, Collector, Traceback
from datatool.schemas import escaped

_TAIL: Final = 1 << 14  # characters of earlier blocks that are kept, for the traceback above a line
_ABOVE: Final = 8_000  # characters above a line that may hold its traceback
_ABOVE_LINES: Final = 10  # lines above it that count where there is no traceback
_MOST_TEXT: Final = 500  # characters of a line that are shown
_MOST_DISTINCT: Final = 1_000
_KEPT_TRACEBACKS: Final = 20
_TIME: Final = re.compile(r"\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?")


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One line that a rule matched.

    Attributes:
        line: 1-based.
        text: The line, control characters spelled out, cut where it is long.
        groups: The named groups of the pattern, "" for one that took no part.
        near: The traceback above it, or a few lines, and the line itself.
        time: The last time of day that the log stated before it, as written; None where it states none,
            and where the run went on.
    """

    line: int
    text: str
    groups: Mapping[str, str]
    near: str
    time: str | None


@dataclass
class Matched:
    """All that is kept of the lines that one rule matched."""

    first: Occurrence
    last: Occurrence
    count: int = 0
    distinct: set[str] = field(default_factory=set)

    def add(self, occurrence: Occurrence, /) -> None:
        """One line more."""
        self.last = occurrence
        self.count += 1
        if len(self.distinct) < _MOST_DISTINCT:
            self.distinct.add(next(iter(occurrence.groups.values()), occurrence.text))


@dataclass
class Scan:
    """What one pass over a log found.

    Attributes:
        num_lines: Lines of the log.
        matched: By the name of the rule, in the order of the rules' file.
        facts: Fact -> the last line that states it.
        unknown: Tracebacks whose exception no rule knows; the first and the last few.
        settings: What the log says of the configuration.
    """

    num_lines: int = 0
    matched: dict[str, Matched] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    unknown: list[Traceback] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)


def scan(blocks: Iterable[str], rules: Rules, /) -> Scan:
    """Read a log once, in memory that does not grow with it."""
    scanner = _Scanner(rules)
    for block in blocks:
        scanner.take(block)
    return scanner.finish()


class _Scanner:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.found = Scan()
        self.tail = ""
        self.time: str | None = None
        self.collector = Collector()
        self.last_unknown: deque[Traceback] = deque(maxlen=_KEPT_TRACEBACKS)

    def take(self, block: str) -> None:
        placed = _Block(block, tail=self.tail, first_line=self.found.num_lines + 1, time=self.time)
        for rule in self.rules.failures:
            self._match(rule, placed)
        for name, pattern in self.rules.compiled_facts.items():
            self._state(name, pattern, placed)
        self._collect(placed)
        self.found.settings.read(block)
        self.found.num_lines = placed.last_line
        self.time = placed.time_at(len(block))
        self.tail = (self.tail + block)[-_TAIL:]

    def finish(self) -> Scan:
        cut_off = self.collector.cut_off(self.found.num_lines)
        if cut_off is not None:
            self._keep(cut_off)
        known = {id(traceback) for traceback in self.found.unknown}
        self.found.unknown += [traceback for traceback in self.last_unknown if id(traceback) not in known]
        order = {rule.name: place for place, rule in enumerate(self.rules.failures)}
        self.found.matched = dict(sorted(self.found.matched.items(), key=lambda item: order[item[0]]))
        return self.found

    def _match(self, rule: Rule, block: _Block) -> None:
        for match in _matches(rule.compiled, block.text):
            near = block.near(match.start()) if self._needs_near(rule) else ""
            if rule.seen_where is not None and not rule.seen_where.search(near):
                continue
            occurrence = block.occurrence(match, near, timed=rule.kind in ("fatal", "catch-all"))
            matched = self.found.matched.setdefault(rule.name, Matched(first=occurrence, last=occurrence))
            if not matched.count or occurrence.line > matched.last.line:  # a line counts once, by whatever patterns
                matched.add(occurrence)

    def _needs_near(self, rule: Rule) -> bool:
        return rule.seen_where is not None or rule.name not in self.found.matched

    def _state(self, name: str, pattern: Pattern, block: _Block) -> None:
        last = pattern.last_match(block.text)
        if last is not None:
            self.found.facts[name] = block.line_at(last)

    def _collect(self, block: _Block) -> None:
        if not self.collector.is_open and OPENING not in block.text:
            return
        for number, line in enumerate(block.text.split("\n"), block.first_line):
            traceback = self.collector.take(line, number)
            if traceback is not None and not self._is_known(traceback):
                self._keep(traceback)

    def _keep(self, traceback: Traceback) -> None:
        if len(self.found.unknown) < _KEPT_TRACEBACKS:
            self.found.unknown.append(traceback)
        self.last_unknown.append(traceback)

    def _is_known(self, traceback: Traceback) -> bool:
        text = "\n".join(traceback.lines)
        return any(
            bool(_matches(rule.compiled, traceback.exception))
            and (rule.seen_where is None or rule.seen_where.search(text))
            for rule in self.rules.failures
        )


def _matches(patterns: Iterable[Pattern], text: str) -> list[re.Match[str]]:
    """Matches of any of the patterns, in the order of the text."""
    found = [list(pattern.regex.finditer(text)) for pattern in patterns if pattern.may_match(text)]
    return found[0] if len(found) == 1 else sorted(chain.from_iterable(found), key=lambda match: match.start())


class _Block:
    """A piece of the log, with the end of what came before it."""

    def __init__(self, text: str, *, tail: str, first_line: int, time: str | None) -> None:
        self.text = text
        self.first_line = first_line
        self._before = tail
        self._time = time
        self._ends = [match.start() for match in re.finditer("\n", text)]

    @property
    def last_line(self) -> int:
        return self.first_line - 1 + len(self._ends) + (not self.text.endswith("\n"))

    def line_at(self, at: int) -> int:
        return self.first_line + bisect_left(self._ends, at)

    def time_at(self, at: int) -> str | None:
        """The last time that is stated before a place and near it."""
        times = _TIME.findall(self.text, max(0, at - _TAIL), at)
        return times[-1] if times else self._time

    def near(self, at: int) -> str:
        above = (self._before + self.text[:at])[-_ABOVE:] if at < _ABOVE else self.text[at - _ABOVE : at]
        opening = above.rfind(OPENING)
        if opening < 0:
            above = "\n".join(above.split("\n")[-_ABOVE_LINES - 1 :])
        return (above if opening < 0 else above[opening:]) + self._line(at)[1]

    def occurrence(self, match: re.Match[str], near: str, *, timed: bool) -> Occurrence:
        start, rest = self._line(match.start())
        return Occurrence(
            line=self.line_at(match.start()),
            text=_short(_redrawn(start + rest)),
            groups={name: value or "" for name, value in match.groupdict().items()},
            near=near,
            time=self.time_at(match.end()) if timed else None,
        )

    def _line(self, at: int) -> tuple[str, str]:
        """The line around a place, before and from it on."""
        end = self.text.find("\n", at)
        return self.text[self.text.rfind("\n", 0, at) + 1 : at], self.text[at : end if end >= 0 else len(self.text)]


def _short(line: str) -> str:
    return escaped(line if len(line) <= _MOST_TEXT else f"{line[:_MOST_TEXT]}...")


def _redrawn(line: str) -> str:
    """What a line shows at its end, where a progress bar drew it again and again."""
    return line.strip().rpartition("\r")[2].strip()
