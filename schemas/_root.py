"""How roots are written in the files of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from datatool.schemas._url import is_url


def relative_root(root: str, folder: Path, /) -> str:
    """A root as the files of ``folder`` hold it: relative where both lie under the folder's parent, else absolute.

    Args:
        root: As given, absolute or from the current folder; a URL stays as it is.
        folder: Where the files will stand; of a link, what it names.
    """
    if is_url(root):
        return root
    absolute = os.path.abspath(root)
    base = os.path.realpath(folder) if folder.is_symlink() else os.path.abspath(folder)
    parent = os.path.dirname(base)
    return os.path.relpath(absolute, base) if os.path.commonpath([absolute, parent]) == parent else absolute
