"""TIFF and BigTIFF: the size of the first picture, and of the tiles or strips that decoders make room for."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from datatool.images._header import Header, HeaderError

_WIDTH, _HEIGHT, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 278, 322, 323
_SIZES: Final = frozenset({_WIDTH, _HEIGHT, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT})
_WHOLE: Final = 0xFFFF_FFFF  # rows per strip where there is one strip
ITEM_BYTES: Final = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_RAW: Final = frozenset({1, 2, 6, 7})  # bytes and text, which readers keep as they are
_INTEGERS: Final = {3: "H", 4: "I", 16: "Q"}
_MAX_ITEMS: Final = 1 << 20  # of a tag; Pillow makes a Python number of each
_MAX_TAGS: Final = 200_000  # of all pages together


class _Tag(NamedTuple):
    page: int
    code: int
    kind: int
    items: int
    place: int  # of its value, or of where that lies
    room: int  # bytes there


def tiff(data: bytes, /) -> Header:
    """Size of the first page.

    Both libtiff and Pillow copy the values of every tag, and Pillow those of the next page too, to ask whether there
    is one. A file whose tags all name the same bytes would make gigabytes of a megabyte: their values together must
    not be larger than the file.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    values = 0
    sizes: dict[int, int] = {}
    for number, tag in enumerate(_tags(data, order, big)):
        values += tag.items * ITEM_BYTES.get(tag.kind, 0)
        if values > len(data) or number > _MAX_TAGS or (tag.items > _MAX_ITEMS and tag.kind not in _RAW):
            raise HeaderError("the tags of this TIFF have more values than the file can hold")
        if tag.page == 0 and tag.code in _SIZES:
            if tag.kind not in _INTEGERS or tag.items != 1 or ITEM_BYTES[tag.kind] > tag.room:
                raise ValueError
            (size,) = struct.unpack_from(order + _INTEGERS[tag.kind], data, tag.place)
            # Of a tag that stands twice libtiff takes the first, Pillow the last.
            sizes[tag.code] = max(size, sizes.get(tag.code, 0))
    width, height = sizes[_WIDTH], sizes[_HEIGHT]
    rows = sizes.get(_ROWS_PER_STRIP, _WHOLE)
    strip = 0 if rows == _WHOLE else width * rows
    return Header("tiff", width, height, parts=max(strip, sizes.get(_TILE_WIDTH, 0) * sizes.get(_TILE_HEIGHT, 0)))


def _tags(data: bytes, order: str, big: bool) -> Iterator[_Tag]:
    """Tags of all pages; a loop of pages ends where it closes."""
    count, entry, link, room = ("Q", "HHQ", "Q", 8) if big else ("H", "HHI", "I", 4)
    head, step = struct.calcsize(f"<{entry}"), struct.calcsize(f"<{entry}{link}")
    (place,) = struct.unpack_from(order + link, data, 8 if big else 4)
    seen: set[int] = set()
    while place and place not in seen:
        seen.add(place)
        (num_tags,) = struct.unpack_from(order + count, data, place)
        place += struct.calcsize(f"<{count}")
        for _ in range(num_tags):
            code, kind, items = struct.unpack_from(order + entry, data, place)
            yield _Tag(len(seen) - 1, code, kind, items, place + head, room)
            place += step
        (place,) = struct.unpack_from(order + link, data, place)
