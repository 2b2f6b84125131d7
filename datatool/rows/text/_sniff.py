"""Which separator a list uses, decided once from its first lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from datatool.rows.text._grammar import ends_path, label_score

SAMPLE: Final = 1_000  # lines; a list that changes its separator later is reported as untidy, not re-sniffed
_CANDIDATES: Final = ("\t", " ", ",")  # in this order where the scores are equal


def sniff_separator(lines: Sequence[str], /) -> str:
    r"""The separator under which most lines end in a label; where none does, the one that ends most paths.

    >>> sniff_separator(["a b.jpg,3", "c.jpg,4"])
    ','
    >>> sniff_separator(["x.jpg\t0,1,0"])
    '\t'
    """
    scores = {mark: sum(label_score(line, mark) for line in lines) for mark in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda mark: scores[mark])
    if scores[best]:
        return best
    ends = {mark: sum(ends_path(line, mark) for line in lines) for mark in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda mark: ends[mark])
    if ends[best]:
        return best
    held = {mark: sum(mark in line.strip() for line in lines) for mark in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda mark: held[mark])
    return best if held[best] else " "
