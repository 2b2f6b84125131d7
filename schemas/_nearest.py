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


def key_hint(key: str, known: Iterable[str], /, *, place: str = "") -> str:
    """What to say of an unknown key: the nearest known one, else all that may stand at its place.

    Args:
        key: The last part of the key.
        known: Keys of that place.
        place: Dotted key of the place; empty at the top.

    >>> key_hint("leraning", ["lr", "learning"], place="optimizer")
    "did you mean 'optimizer.learning'?"
    >>> key_hint("momentum", ["lr", "name"], place="optimizer")
    "keys of 'optimizer' are lr, name"
    """
    known = list(known)
    near = nearest(key, known)
    if near is None:
        return f"{f'keys of {place!r}' if place else 'keys here'} are {', '.join(known)}"
    return f"did you mean '{place}.{near}'?" if place else f"did you mean '{near}'?"
