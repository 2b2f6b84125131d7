"""Where an image lies."""

from __future__ import annotations

import os
from collections.abc import Iterable

Locator = str  # of a file: its root and its path, joined


def locate(root: str | os.PathLike[str], path: str, /) -> Locator:
    """The locator of a path as a list has it; an absolute one stays as it is.

    >>> locate("images", "cat/1.jpg"), locate("images", "/data/1.jpg")
    ('images/cat/1.jpg', '/data/1.jpg')
    """
    return os.path.join(root, path)


def locate_all(roots: Iterable[str], paths: Iterable[str], /) -> list[Locator]:
    """`locate` for each root with its path; both have the same length."""
    return [os.path.join(root, path) for root, path in zip(roots, paths, strict=True)]
