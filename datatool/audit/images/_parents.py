"""Looks of pictures and of their mirror images, for whoever asks which picture another was made from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np

from datatool.audit.images._hash import perceptual_hash
from datatool.audit.images._strict import DamageError, look
from datatool.images import UnreadableError, inspect
from datatool.machine import cpu_limit
from datatool.progress import progress
from datatool.schemas import MAX_PIXELS
from datatool.storage import Locator, StorageError, read

_MAX_BYTES: Final = 256 << 20  # of a file


class Looks(NamedTuple):
    """Perceptual hashes of a picture and of its mirror image; None where it has no look or cannot be read."""

    plain: int | None
    mirrored: int | None


def looks_of(pictures: list[Locator], /) -> list[Looks]:
    """Hashes of pictures in order, read by several threads."""
    with (
        ThreadPoolExecutor(cpu_limit().usable) as pool,
        progress("looks", total=len(pictures), unit="images") as advance,
    ):
        found = []
        for looks in pool.map(_looks, pictures):
            found.append(looks)
            advance(1)
    return found


def _looks(picture: Locator) -> Looks:
    try:
        data = read(picture, max_bytes=_MAX_BYTES)
        thumb = look(data, inspect(data, max_pixels=MAX_PIXELS)).thumb
    except (OSError, StorageError, DamageError, UnreadableError):
        return Looks(None, None)
    return Looks(perceptual_hash(thumb), perceptual_hash(np.ascontiguousarray(thumb[:, ::-1])))
