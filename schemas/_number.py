"""Whole numbers as people write them."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


def whole_number(text: str, /) -> int | None:
    """The number of a text of 1 to 18 ASCII digits, which fit an int64; None of any other text.

    Python's own ``int`` takes signs, underlines and digits of other scripts, and raises beyond 4,300 digits.

    >>> whole_number("007"), whole_number("-1"), whole_number("9" * 5000)
    (7, None, None)
    """
    return int(text) if _WHOLE.fullmatch(text) else None
