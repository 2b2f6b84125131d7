"""What the review page shows of a picture, and the digest that a decision names it by."""

from __future__ import annotations

from typing import Final, NamedTuple

from datatool.audit.images import byte_hash, for_each_picture
from datatool.report import thumbnail
from datatool.storage import Locator, StorageError, read

_MAX_BYTES: Final = 256 << 20  # a larger file is not read for a thumbnail
_SIDE: Final = 144  # px, longer side


class Picture(NamedTuple):
    """A thumbnail as a data URI, and BLAKE2b-128 of the file's bytes; None where it cannot be read."""

    thumb: str | None
    digest: str | None


def review_pictures(locators: list[Locator], /) -> list[Picture]:
    """Pictures in order, read by several threads."""
    return for_each_picture(_picture, locators, title="review page")


def _picture(locator: Locator) -> Picture:
    try:
        data = read(locator, max_bytes=_MAX_BYTES)
    except (OSError, StorageError):
        return Picture(None, None)
    return Picture(thumbnail(data, side=_SIDE), byte_hash(data))
