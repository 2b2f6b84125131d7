"""Looks of pictures and of their mirror images, for whoever asks which picture another was made from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

import numpy as np

from datatool.audit.images._hash import perceptual_hash
from datatool.audit.images._strict import DamageError, look
from datatool.images import UnreadableError, inspect
from datatool.machine import cpu_limit
from datatool.progress import progress
from datatool.schemas import MAX_PIXELS
from datatool.storage import Locator, StorageError, read

T = TypeVar("T")
_MAX_BYTES: Final = 256 << 20  # of a file


class Looks(NamedTuple):
    """Perceptual hashes of a picture and of its mirror image; None where it has no look or cannot be read."""

    plain: int | None
    mirrored: int | None


def looks_of(pictures: list[Locator], /) -> list[Looks]:
    """Hashes of pictures in order, read by several threads."""
    return for_each_picture(_looks, pictures, title="looks")


def for_each_picture(function: Callable[[Locator], T], pictures: list[Locator], /, *, title: str) -> list[T]:
    """Results of a function of each picture, in order, computed by as many threads as there are CPUs."""
    with (
        ThreadPoolExecutor(cpu_limit().usable) as pool,
        progress(title, total=len(pictures), unit="images") as advance,
    ):
        found = []
        for result in pool.map(function, pictures):
            found.append(result)
            advance(1)
    return found


def _looks(picture: Locator) -> Looks:
    try:
        data = read(picture, max_bytes=_MAX_BYTES)
        thumb = look(data, inspect(data, max_pixels=MAX_PIXELS)).thumb
    except (OSError, StorageError, DamageError, UnreadableError):
        return Looks(None, None)
    return Looks(perceptual_hash(thumb), perceptual_hash(np.ascontiguousarray(thumb[:, ::-1])))
