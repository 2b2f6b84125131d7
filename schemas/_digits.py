"""Digits in many places at once, eight of them in a word."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_ZEROS: Final = np.uint64(0x3030303030303030)
_HIGH: Final = np.uint64(0xF0F0F0F0F0F0F0F0)  # the half of a byte in which digits are alike
_ABOVE_NINE: Final = np.uint64(0x0606060606060606)  # added to the other half, it carries where that is no digit


def eight_digits(words: NDArray[np.uint64], /) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Numbers that stand in little-endian words, the first digit in the lowest byte, and whether all are digits.

    Pairs, fours and eights of digits are joined by multiplication.

    >>> eight_digits(np.frombuffer(b"00000042", "<u8"))
    (array([42]), array([ True]))
    """
    word = words ^ _ZEROS
    digits = ((word | (word + _ABOVE_NINE)) & _HIGH) == 0
    word = (word * np.uint64(10) + (word >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    word = (word * np.uint64(100) + (word >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    word = (word * np.uint64(10_000) + (word >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
    return word.astype(np.int64), digits
