"""The causes of a rule, ordered by what the log says for and against them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from datatool.explain._rules import Cause, Rule, When
from datatool.explain._scan import Matched, Scan

Verdict = Literal["likely", "possible", "unlikely"]
_ORDER: Final = ("likely", "possible", "unlikely")


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A cause and what the log says of it."""

    cause: Cause
    verdict: Verdict


def ranked(rule: Rule, matched: Matched, scan: Scan, /) -> list[Ranked]:
    """Causes that the log speaks for, then those that it says nothing of, then those it speaks against."""
    judged = [Ranked(cause=cause, verdict=_verdict(cause, matched, scan)) for cause in rule.causes]
    return sorted(judged, key=lambda one: _ORDER.index(one.verdict))


def _verdict(cause: Cause, matched: Matched, scan: Scan) -> Verdict:
    if cause.when is None or _says_nothing(cause.when, matched):
        return "possible"
    return "likely" if holds(cause.when, matched, scan) else "unlikely"


def _says_nothing(when: When, matched: Matched) -> bool:
    """Whether the line lacks the numbers that the condition compares."""
    compared = [*(when.equal or ()), *(when.above or ())]
    return any(_number(matched.first.groups, name) is None for name in compared)


def holds(when: When, matched: Matched, scan: Scan, /) -> bool:
    """Whether everything that a condition asks is so."""
    groups = matched.first.groups
    seen = {*scan.matched, *scan.facts}
    count = len(matched.distinct)
    return (
        all(re.search(pattern, groups.get(name, "")) for name, pattern in when.group.items())
        and (when.equal is None or _number(groups, when.equal[0]) == _number(groups, when.equal[1]))
        and (when.above is None or (_number(groups, when.above[0]) or 0) > (_number(groups, when.above[1]) or 0))
        and (not when.seen or bool(seen & {*when.seen}))
        and not seen & {*when.unseen}
        and (when.distinct is None or when.distinct.at_least <= count <= when.distinct.at_most)
        and (when.near is None or re.search(when.near, matched.first.near) is not None)
    )


def _number(groups: Mapping[str, str], name: str) -> int | None:
    text = groups.get(name, "")
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
