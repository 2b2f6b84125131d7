"""Where a copy lies: a pure function of root and path, one name per image and no name for two."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from pathlib import PurePosixPath
from typing import Final

from datatool.schemas import absolute_place, is_url, join_place

IMAGES: Final = "images"
OUTSIDE: Final = "outside"
_JPEG: Final = (".jpg", ".jpeg")
_SHRUNK: Final = re.compile(r"\.[0-9]+px\.jpg$", re.IGNORECASE)


def copy_name(path: str, root: str, roots: tuple[str, ...], /) -> str:
    """Path of a copy that keeps its format, relative to the new folder.

    However a path is spelled, one image has one name: that below the first root it lies under. With several roots each
    has a folder of its own; a path that leaves them all is named by the hash of where it is.
    A part that ends as `shrunk_name` ends gets one such ending more, so that no shrunk copy ever has its name.

    >>> copy_name("a/1.jpg", "/data", ("/data",)), copy_name("../data/a/1.jpg", "/data", ("/data",))
    ('images/a/1.jpg', 'images/a/1.jpg')
    >>> copy_name("1.png.64px.jpg", "/data", ("/data",))
    'images/1.png.64px.jpg.64px.jpg'
    """
    place = _place(path, root)
    number, parts = _below_root(place, roots)
    if number is None:
        digest = hashlib.blake2b(place.encode(), digest_size=10).hexdigest()
        return f"{OUTSIDE}/{digest}{PurePosixPath(path).suffix.lower()}"
    folder = () if len(roots) == 1 else (str(number),)
    return "/".join((IMAGES, *folder, *(_told_apart(part) for part in parts)))


def _place(path: str, root: str) -> str:
    """Where an image is; what `..` leads to behind a link only the disk knows."""
    where = join_place(root, path)
    if is_url(where):
        return where
    if ".." not in path.split("/"):
        return os.path.abspath(where)
    folder, name = os.path.split(where)
    return os.path.join(_real(folder), name)


def _below_root(place: str, roots: tuple[str, ...]) -> tuple[int | None, list[str]]:
    """The number of the first root that an image lies under, and the rest of its path; no number outside all."""
    for number, root in enumerate(roots):
        for above in (_absolute(root), _real(root)):
            if place.startswith(os.path.join(above, "")):
                return number, place[len(os.path.join(above, "")) :].split("/")
    return None, []


@functools.lru_cache(maxsize=1 << 10)
def _absolute(root: str) -> str:
    return absolute_place(root)


@functools.lru_cache(maxsize=1 << 16)
def _real(folder: str) -> str:
    return folder if is_url(folder) else os.path.realpath(folder)


def _told_apart(part: str) -> str:
    found = _SHRUNK.search(part)
    return part if found is None else part + found.group()


def shrunk_name(copy: str, short_side: int, /) -> str:
    """Path of the copy once it is a JPEG.

    >>> shrunk_name("images/a/1.png", 256)
    'images/a/1.png.256px.jpg'
    """
    return copy if copy.lower().endswith(_JPEG) else f"{copy}.{short_side}px.jpg"
