"""What a mistyped word was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], /) -> str | None:
    """The known word that ``word`` was probably meant to be.

    >>> nearest("oversampel", ["natural", "oversample"])
    'oversample'
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)), None)
