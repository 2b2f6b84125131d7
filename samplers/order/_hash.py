"""The one source of chance: a counter-based hash of (stream, seed, epoch, position, ...).

Nothing is drawn from a generator with a state. A value is a function of the words that name it, so any worker, rank or
engine computes it in any order, and a resumed run computes it again.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Word: TypeAlias = "int | NDArray[Any]"

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MULTIPLIERS: Final = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SHIFTS: Final = (30, 27, 31)


def hash_u64(stream: str, /, *words: Word) -> NDArray[np.uint64]:
    """Hash integers to 64 uniform bits; independent for every stream name and every tuple of words.

    The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) is applied once per word.

    Args:
        stream: What the value is for, such as ``"crop.x"``; streams never share values.
        words: Integers or integer arrays that broadcast; taken modulo 2^64. Put scalars first: they cost next to
            nothing.

    Returns:
        uint64, of the broadcast shape; 0-dimensional when all words are plain integers.

    >>> hash_u64("example", 0, np.arange(3)).tolist()
    [2297113910639220133, 3978380452533011986, 2152013845227924177]
    """
    state: int | NDArray[np.uint64] = _stream(stream)
    for word in words:
        state = _absorb(state, word)
    return np.array(state, np.uint64) if isinstance(state, int) else state


def hash_int(stream: str, /, *words: int) -> int:
    """The same hash for plain integers, as a plain integer: a key for `permute` or for further words.

    >>> hash_int("example", 0, 2) == int(hash_u64("example", 0, np.arange(3))[2])
    True
    """
    return int(hash_u64(stream, *words))


def uniform(stream: str, /, *words: Word) -> NDArray[np.float64]:
    """Hash integers to float64 in [0, 1), multiples of 2^-53.

    >>> uniform("example", 0, np.arange(3)).round(3).tolist()
    [0.125, 0.216, 0.117]
    """
    bits = hash_u64(stream, *words)
    return np.asarray((bits >> np.uint64(11)) * 2.0**-53, np.float64)


@lru_cache(maxsize=256)
def _stream(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _absorb(state: int | NDArray[np.uint64], word: Word) -> int | NDArray[np.uint64]:
    if isinstance(word, (int, np.integer)):
        word = int(word) & _MASK
        if isinstance(state, int):
            return _mix_int((state ^ word) + _GOLDEN & _MASK)
    # At least one dimension: numpy warns of wrap-around in scalars only, and here it is meant.
    mixed = np.atleast_1d(np.bitwise_xor(_bits(state), _bits(word)))
    mixed += np.uint64(_GOLDEN)
    return mix(mixed).reshape(np.broadcast_shapes(np.shape(state), np.shape(word)))


def _bits(value: int | NDArray[Any]) -> np.uint64 | NDArray[np.uint64]:
    return np.uint64(value) if isinstance(value, int) else np.asarray(value).astype(np.uint64, copy=False)


def _mix_int(value: int) -> int:
    for shift, multiplier in zip(_SHIFTS, _MULTIPLIERS, strict=False):
        value = (value ^ value >> shift) * multiplier & _MASK
    return value ^ value >> _SHIFTS[-1]


def mix(bits: NDArray[np.uint64], /) -> NDArray[np.uint64]:
    """Scramble in place and return ``bits``, uint64 of at least one dimension; a bijection of the 64-bit integers."""
    for shift, multiplier in zip(_SHIFTS, _MULTIPLIERS, strict=False):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(multiplier)
    bits ^= bits >> np.uint64(_SHIFTS[-1])
    return bits
