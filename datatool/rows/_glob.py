"""`fnmatch` patterns as regular expressions that DuckDB understands."""

from __future__ import annotations

import re


def regex_of(pattern: str, /) -> str:
    r"""The expression for a whole text; ``*`` crosses ``/``, as in `fnmatch`.

    `fnmatch.translate` itself writes Python's own syntax, which RE2 refuses.

    >>> regex_of("synth/*.jp[!e]g")
    'synth/.*\\.jp[^e]g'
    """
    found = []
    at = 0
    while at < len(pattern):
        mark = pattern[at]
        close = pattern.find("]", at + 2 + (pattern[at + 1 : at + 2] == "!")) if mark == "[" else -1
        if close > 0:
            inside = pattern[at + 1 : close].replace("\\", "\\\\").replace("[", "\\[")
            negated = inside.startswith("!")
            inside = inside[1:] if negated else inside
            lead = "\\" if inside[:1] in "^]" else ""
            found.append(f"[{'^' if negated else ''}{lead}{inside}]")
            at = close + 1
            continue
        found.append({"*": ".*", "?": "."}.get(mark, re.escape(mark)))
        at += 1
    return "".join(found)
