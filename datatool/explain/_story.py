"""From the last line that matched back to the first cause.

The last line is often not the cause: a catch-all is followed backwards to the nearest line of another kind, and a rule
that names others in ``after`` to those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datatool.explain._causes import ranked
from datatool.explain._rules import Rule, Rules
from datatool.explain._scan import Matched, Scan
from datatool.explain._tracebacks import Traceback

_SAME_FAILURE: Final = 100  # lines between a failure that a rule knows and an exception that followed from it


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a rule knows of, or a traceback that none knows (then ``rule`` is None)."""

    line: int
    last_line: int
    rule: Rule | None = None
    matched: Matched | None = None
    traceback: Traceback | None = None

    @property
    def kind(self) -> str:
        """The kind of its rule; a traceback that no rule knows ends a run too."""
        return "fatal" if self.rule is None else self.rule.kind


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happened, in one log.

    Attributes:
        cause: Where it began; None where nothing failed.
        followed: What came of it.
        also: What goes wrong silently, and is no part of that.
        harmless: What looks alarming and is not.
        traceback: The first traceback that no rule knows and that tells of the cause.
    """

    cause: Event | None = None
    followed: tuple[Event, ...] = ()
    also: tuple[Event, ...] = ()
    harmless: tuple[Event, ...] = ()
    traceback: Traceback | None = None


def tell(scan: Scan, rules: Rules, /) -> Story:
    """Order what a scan found: the cause, what followed, and the rest."""
    events = _events(scan, rules)
    harmless = tuple(event for event in events if _is_harmless(event, scan))
    rest = [event for event in events if event not in harmless]
    unknown = [Event(line=t.line, last_line=t.line, traceback=t) for t in scan.unknown]
    silent = [event for event in rest if event.kind == "silent"]
    ending = sorted([*(event for event in rest if event.kind != "silent"), *unknown], key=lambda event: event.last_line)
    last = ending[-1] if ending else next(iter(silent), None)
    if last is None:
        return Story(harmless=harmless)
    chain = _chain(last, [*silent, *ending])
    if len(chain) == 1 and chain[0].rule is None:
        chain = [*_around(chain[0], ending), *chain]
    cause, traceback = _named(chain)
    later = [event for event in ending if event not in chain and event.rule and event.last_line >= cause.line]
    slower = [event for event in silent if event not in chain and _names(event, cause)]
    followed = [event for event in reversed(chain) if event is not cause and event.rule]
    return Story(
        cause=cause,
        followed=(*followed, *later, *slower),
        also=tuple(event for event in silent if event not in (*chain, *slower)),
        harmless=harmless,
        traceback=traceback,
    )


def _events(scan: Scan, rules: Rules) -> list[Event]:
    found = []
    for name, matched in scan.matched.items():
        rule = rules.named(name)
        assert rule is not None
        overcome = any(scan.facts.get(fact, 0) > matched.last.line for fact in rule.unless_later)
        if matched.count >= rule.at_least and not overcome:
            found.append(Event(line=matched.first.line, last_line=matched.last.line, rule=rule, matched=matched))
    return _one_per_line(found)


def _one_per_line(events: list[Event]) -> list[Event]:
    """Of several rules that first matched one line, only the one that stands first in the rules' file."""
    taken: dict[int, Event] = {}
    for event in events:
        taken.setdefault(event.line, event)
    return sorted(taken.values(), key=lambda event: event.line)


def _is_harmless(event: Event, scan: Scan) -> bool:
    if event.rule is None or event.matched is None:
        return False
    return event.kind == "harmless" or ranked(event.rule, event.matched, scan)[0].cause.harmless


def _chain(last: Event, events: list[Event]) -> list[Event]:
    """From the last event back to the first cause."""
    chain = [last]
    while (earlier := _before(chain[-1], events)) is not None and earlier not in chain:
        chain.append(earlier)
    return chain


def _around(exception: Event, ending: list[Event]) -> list[Event]:
    """The catch-all that an exception which no rule knows is told by, if one stands right above it."""
    catch_all = [event for event in ending if event.kind == "catch-all"]
    return [event for event in catch_all if 0 <= exception.line - event.last_line <= _SAME_FAILURE][-1:]


def _before(event: Event, events: list[Event]) -> Event | None:
    others = [other for other in events if other is not event]
    if event.rule is None:
        known = [other for other in others if other.rule and other.kind == "fatal"]
        return _nearest(event, [k for k in known if 0 <= event.line - k.line <= _SAME_FAILURE])
    if event.kind == "catch-all":
        fatal = _nearest(event, [other for other in others if other.kind == "fatal"])
        if fatal is not None:
            return fatal
    return next((other for other in others if other.rule and other.rule.name in event.rule.after), None)


def _names(event: Event, cause: Event) -> bool:
    return event.rule is not None and cause.rule is not None and cause.rule.name in event.rule.after


def _nearest(event: Event, others: list[Event]) -> Event | None:
    """The nearest event before this one, else the first after it: what several processes write comes mixed."""
    before = [(_line_before(other, event), other) for other in others if other.line <= event.last_line]
    if before:
        return max(before, key=lambda placed: placed[0])[1]
    return min(others, key=lambda other: other.line, default=None)


def _line_before(other: Event, event: Event) -> int:
    return other.last_line if other.last_line <= event.last_line else other.line


def _named(chain: list[Event]) -> tuple[Event, Traceback | None]:
    """The event that stands for the cause: one that a rule knows, with the traceback that tells more of it."""
    first = chain[-1]
    if first.rule is not None or len(chain) == 1:
        return first, first.traceback
    return chain[-2], first.traceback
