"""Which rank failed first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from datatool.explain._logs import Log
from datatool.explain._scan import Scan
from datatool.explain._story import Event, Story


@dataclass(frozen=True, kw_only=True)
class Told:
    """One file of a log and what happened in it."""

    log: Log
    scan: Scan
    story: Story


def first_failed(told: Sequence[Told], /) -> Told:
    """The file whose failure the others followed from.

    A cause beats a catch-all, a failure beats what goes wrong silently, the rank that the launcher names beats the
    others, the log of a rank beats that of the launcher, an earlier time beats a later one, then the lower rank.
    """
    blamed = _blamed(told)
    return min(told, key=lambda one: (_weight(one.story.cause), one.log.rank not in blamed, *_place(one)))


def _weight(event: Event | None) -> int:
    if event is None:
        return 4
    if event.rule is None:
        return 1
    return {"fatal": 0, "catch-all": 2, "silent": 3}[event.kind] if event.rule.name != "interrupted" else 2


def _blamed(told: Sequence[Told]) -> set[int]:
    """Ranks that the launcher names as the ones that failed."""
    aborted = [one.scan.matched["rank-aborted"].distinct for one in told if "rank-aborted" in one.scan.matched]
    named = [text for texts in aborted for text in texts if re.fullmatch(r"[\d, ]+", text)]
    return {int(number) for text in named for number in re.findall(r"\d+", text)}


def _time(one: Told) -> str:
    cause = one.story.cause
    time = cause.matched.first.time if cause is not None and cause.matched is not None else None
    return "9999" if time is None else time.replace("/", "-").replace("T", " ")


def _place(one: Told) -> tuple[bool, str, int, str]:
    return one.log.rank is None, _time(one), one.log.rank or 0, one.log.file
