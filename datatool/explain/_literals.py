"""Texts that a match of a regular expression must hold, so that most of a large log is passed over by plain search."""

from __future__ import annotations

import re
from typing import Final

_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_QUANTIFIER: Final = re.compile(r"[*+?]\??|\{\d*,?\d*\}\??")
_LITERAL_ESCAPES: Final = frozenset(r"()[]{}.*+?|\^$-/`'\"#")


def literals(pattern: str, /) -> tuple[tuple[str, ...], ...]:
    r"""For each alternative of a pattern the texts that every match of it holds, the longest first.

    Groups, classes and whatever may be missing are taken to hold nothing, so the answer may be shorter than it could
    be and is never wrong.

    >>> literals(r"Cannot open file (?P<path>.+)\.json, please|no_dot+s?")
    (('Cannot open file ', '.json, please'), ('no_do',))
    """
    if "(?i" in pattern:
        return ((),)
    return tuple(tuple(sorted(filter(None, runs), key=len, reverse=True)) for runs in _alternatives(pattern))


def _alternatives(pattern: str) -> list[list[str]]:
    alternatives, at = [[""]], 0
    while at < len(pattern):
        text, end = _atom(pattern, at)
        quantifier = _QUANTIFIER.match(pattern, end)
        if text == "|":
            alternatives.append([""])
        elif text is None or quantifier:
            alternatives[-1].append("")
        else:
            alternatives[-1][-1] += text
        at = quantifier.end() if quantifier else end
    return alternatives


def _atom(pattern: str, at: int) -> tuple[str | None, int]:
    """One unit of the pattern: its text, None where that is not certain, and where it ends."""
    first = pattern[at]
    if first == "\\":
        following = pattern[at + 1]
        return (following if following in _LITERAL_ESCAPES else None), at + 2
    if first == "[":
        found = _CLASS.match(pattern, at)
        return None, found.end() if found else at + 1
    if first == "(":
        return None, _group_end(pattern, at)
    return (None if first in ".^$" else first), at + 1


def _group_end(pattern: str, at: int) -> int:
    depth = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
            continue
        found = _CLASS.match(pattern, at) if pattern[at] == "[" else None
        if found:
            at = found.end()
            continue
        depth += (pattern[at] == "(") - (pattern[at] == ")")
        at += 1
        if depth == 0:
            return at
    return at
