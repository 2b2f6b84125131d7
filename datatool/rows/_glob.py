"""`fnmatch` patterns as regular expressions that DuckDB understands."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any, Final

# What `fnmatch.translate` writes in Python's own syntax, and the same for RE2: an atomic group only saves Python
# backtracking that RE2 does not do, and `(?!)`, an empty range such as [b-a], matches nothing.
_FOR_RE2: Final = {"(?>": "(?:", "(?!)": r"[^\x00-\x{10FFFF}]"}


def regex_of(pattern: str, /) -> str:
    r"""The expression for a whole text; ``*`` crosses ``/``, as in `fnmatch`.

    >>> regex_of("synth/*.jp[!e]g")
    '(?s:synth/.*\\.jp[^e]g)'
    """
    regex = fnmatch.translate(pattern).removesuffix(r"\Z").removesuffix(r"\z")
    for python, re2 in _FOR_RE2.items():
        regex = regex.replace(python, re2)
    return regex


def unmatched(patterns: Sequence[str], paths: Any, /) -> list[str]:
    """Those patterns that match none of an Arrow array of paths."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at import; no stub names them
    texts = paths.cast(pa.string())
    return [
        pattern
        for pattern in patterns
        if not pc.any(pc.match_substring_regex(texts, rf"\A{regex_of(pattern)}\z")).as_py()
    ]
