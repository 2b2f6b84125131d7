"""Data as messages show them: never longer than a line, and never able to drive a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_MOST_NAMED: Final = 5
MOST_SHOWN: Final = 200  # characters of one value in a message
# C0, DEL, C1 with the one-byte CSI, line and paragraph separators, marks that turn the direction of text, surrogates,
# and what is of no width, so that two names which differ in it alone look different.
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_CONTROL_BUT_LINES: Final = re.compile(f"(?!\n){_CONTROL.pattern}")
_VALUE: Final = "; got "


def escaped(text: str, /, *, lines: bool = False) -> str:
    r"""Text with its control characters spelled out as Python spells them.

    Args:
        text: Any text.
        lines: Whether line ends stay as they are.

    >>> escaped("a\x1b[31m\n")
    'a\\x1b[31m\\n'
    """
    return (_CONTROL_BUT_LINES if lines else _CONTROL).sub(lambda found: repr(found[0])[1:-1], text)


def some_named(names: Sequence[str], /) -> str:
    """The first names of a list, for a message that has said how many there are.

    >>> some_named([f"{number}.jpg" for number in range(7)])
    '0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, ...'
    """
    return ", ".join([*names[:_MOST_NAMED], *(["..."] if len(names) > _MOST_NAMED else [])])


def and_more(first: Sequence[str], total: int, /) -> str:
    """The first names of a list, and how many follow.

    >>> and_more(["cat", "dog"], 1002), and_more(["cat"], 1)
    ('cat, dog and 1,000 more', 'cat')
    """
    named = ", ".join(first)
    return f"{named} and {total - len(first):,} more" if total > len(first) else named


def shown(text: str, /) -> str:
    """A value for a message: escaped, and cut where it is longer than `MOST_SHOWN`.

    >>> len(shown("x" * 999))
    200
    """
    text = escaped(text[: MOST_SHOWN + 1])
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def shown_message(message: str, /) -> str:
    """The message of an error, ``<what> must <rule>; got <value>``, with its value as `shown` has it."""
    what, got, value = message.partition(_VALUE)
    return f"{escaped(what)}{got}{shown(value)}"


def plural(count: int, noun: str, /) -> str:
    """A count with its noun.

    >>> plural(1, "row"), plural(2000, "class")
    ('1 row', '2,000 classes')
    """
    if count == 1:
        return f"1 {noun}"
    ending = "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"
