"""Small damages to the content of a file."""

from __future__ import annotations

import random
from typing import Final

MEMORY: Final = 8 << 30  # address space: the libraries map more than they touch
_TOKENS: Final = (
    b"\0",
    b"\r",
    b"\n",
    b"\t",
    b'"',
    b"[",
    b"{",
    b"*a",
    b"&a",
    b"!!int ",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"9" * 50,
)


def mutated(content: bytes, dice: random.Random) -> bytes:
    """The content with one to sixteen small damages."""
    data = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(5)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at:at] = dice.choice(_TOKENS) * dice.choice((1, 1, 60))
        elif kind == 2:
            del data[at : at + dice.randrange(1, 20)]
        elif kind == 3:
            data[at:at] = data[at : at + dice.randrange(1, 40)]
        elif at and dice.random() < 0.3:
            del data[at:]
    return bytes(data)
