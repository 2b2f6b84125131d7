"""Where a copy lies: a pure function of the path in the list."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import Final

IMAGES: Final = "images"
_JPEG: Final = (".jpg", ".jpeg")


def copy_name(path: str, root: str, roots: tuple[str, ...], /) -> str:
    """Path of a copy that keeps its format, relative to the new folder.

    With several roots each has a folder of its own; a path that leaves its root is named by its hash.

    >>> copy_name("a/1.jpg", "/data", ("/data",))
    'images/a/1.jpg'
    """
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/"):
        digest = hashlib.blake2b(path.encode(), digest_size=10).hexdigest()
        parts = ("outside", f"{digest}{PurePosixPath(path).suffix.lower()}")
    folder = () if len(roots) == 1 else (str(roots.index(root)),)
    return str(PurePosixPath(IMAGES, *folder, *parts))


def shrunk_name(copy: str, short_side: int, /) -> str:
    """Path of the copy once it is a JPEG.

    >>> shrunk_name("images/a/1.png", 256)
    'images/a/1.png.256px.jpg'
    """
    return copy if copy.lower().endswith(_JPEG) else f"{copy}.{short_side}px.jpg"
