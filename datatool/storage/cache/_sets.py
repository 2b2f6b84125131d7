"""One set of a byte cache: its entries as an array, and what is thrown out to make room.

L. A. Belady, A study of replacement algorithms for a virtual-storage computer, IBM Systems Journal 5(2), 1966: what is
needed last is thrown out first, and what would be needed last of all is not let in.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

ENTRY: Final = np.dtype(
    [
        ("key", "<u8", 2),
        ("offset", "<u8"),  # bytes from the beginning of the slab
        ("length", "<u4"),
        ("crc", "<u4"),  # of the bytes
        ("next_use", "<i8"),
        ("plan", "<u8"),  # whose positions next_use counts
        ("spare", "<u8"),
        ("check", "<u8"),  # of the entry
    ]
)
"""64 bytes; zeros are no entry."""
Entries = NDArray[Any]
NEVER: Final = int(np.iinfo(np.int64).max)
_SALT: Final = np.uint64(0x9E3779B97F4A7C15)
_MOST_VICTIMS: Final = 4  # neighbours that make room together
LATE: Final = 8192  # positions that draws may be out of order: processes need not be in step


class Room(NamedTuple):
    """Where an image can be written, and which entries are cleared before.

    Attributes:
        slot: Of the entry.
        offset: In the slab.
        victims: Slots.
    """

    slot: int
    offset: int
    victims: list[int]


def checks(entries: Entries, /) -> NDArray[np.uint64]:
    """What the check of each entry must be, uint64 (N,): its other words, folded."""
    words = np.ascontiguousarray(entries).view("<u8").reshape(len(entries), -1)[:, :-1]
    folded: NDArray[np.uint64] = np.bitwise_xor.reduce(words, axis=1) ^ _SALT
    return folded


def valid(entries: Entries, low: int, high: int, /) -> NDArray[np.bool_]:
    """Which entries are whole and lie in their region [low, high), bool (N,)."""
    offset, length = entries["offset"].astype(np.int64), entries["length"].astype(np.int64)
    inside = (length > 0) & (offset >= low) & (offset + length <= high)
    found: NDArray[np.bool_] = inside & (entries["check"] == checks(entries))
    return found


def find(entries: Entries, key: tuple[int, int], /) -> int:
    """The slot of an image; -1 where it has none."""
    keys = entries["key"]
    found = np.flatnonzero((keys[:, 0] == np.uint64(key[0])) & (keys[:, 1] == np.uint64(key[1])))
    return int(found[0]) if len(found) else -1


def make_room(
    entries: Entries, low: int, high: int, /, *, length: int, next_use: int, now: int, plan: int
) -> Room | None:
    """Find room for an image, in a gap or in the place of images that are all needed later.

    Args:
        entries: Of the set.
        low: Where its region begins, bytes.
        high: Where it ends.
        length: Bytes of the image.
        next_use: When it is needed again.
        now: The position that is drawn.
        plan: Whose positions both are; images of other plans are needed last.

    Returns:
        None where it is not let in.
    """
    is_held = valid(entries, low, high)
    slots = np.flatnonzero(is_held)
    slots = slots[np.argsort(entries["offset"][slots], kind="stable")]
    starts = entries["offset"][slots].astype(np.int64)
    ends = starts + entries["length"][slots].astype(np.int64)
    edges_before = np.concatenate([[low], ends])  # what lies before place i ends here
    edges_after = np.concatenate([starts, [high]])  # and what lies at place i begins here
    if len(slots) < len(entries):
        gap = int(np.argmax(edges_after - edges_before >= length))
        if edges_after[gap] - edges_before[gap] >= length:
            return Room(int(np.argmin(is_held)), int(edges_before[gap]), [])
    soonest = due = _due(entries[slots], now=now, plan=plan)
    for count in range(1, min(_MOST_VICTIMS, len(slots)) + 1):
        if count > 1:  # of so many neighbours, the one that is needed first
            soonest = np.minimum(soonest[:-1], due[count - 1 :])
        fits = edges_after[count:] - edges_before[: len(slots) - count + 1] >= length
        best = int(np.argmax(np.where(fits, soonest, np.int64(-1))))
        if fits[best] and soonest[best] > next_use:
            victims = slots[best : best + count].tolist()
            return Room(victims[0], int(edges_before[best]), victims)
    return None


def _due(entries: Entries, *, now: int, plan: int) -> NDArray[np.int64]:
    """When images are needed again; those whose time went by, or was told by another plan, are needed last."""
    told = (entries["plan"] == np.uint64(plan)) & (entries["next_use"] > now - LATE)
    return np.where(told, entries["next_use"], NEVER).astype(np.int64)


def entry(key: tuple[int, int], /, *, offset: int, length: int, crc: int, next_use: int, plan: int) -> bytes:
    """An entry as it is written."""
    made = np.zeros(1, ENTRY)
    made["key"][0] = key
    for name, value in (("offset", offset), ("length", length), ("crc", crc), ("next_use", next_use), ("plan", plan)):
        made[name] = value
    made["check"] = checks(made)
    return made.tobytes()
