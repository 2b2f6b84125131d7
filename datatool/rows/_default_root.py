"""Where the parts of a data set lie: their roots, and copies of what is read in passes."""

from __future__ import annotations

from pathlib import Path

from datatool.rows.readers import READERS
from datatool.rows.remote import local_copy, object_copy, refuse_odd_url
from datatool.schemas import Kind, is_url, parent_place


def default_root(path: str, kind: Kind, /) -> Path | str:
    """Where paths are opened that nobody gave a root: the part itself, or the folder that it lies in."""
    if is_url(path):
        return path if READERS[kind].is_root else parent_place(path)
    return Path(path) if READERS[kind].is_root else Path(path).parent


def root_place(given: str | Path, /) -> Path | str:
    """A root as it was given.

    Raises:
        DatasetError: If it looks like a URL and is none, or carries a secret.
    """
    refuse_odd_url(str(given))
    return str(given).rstrip("/") if is_url(given) else Path(given)


def names_place(given: str | Path, /) -> Path:
    """The file of class names that was given, or a copy of the object.

    Raises:
        DatasetError: As `root_place`, or if there is no such object.
    """
    refuse_odd_url(str(given))
    return local_copy(str(given), what="a file of class names") if is_url(given) else Path(given)


def spooled_copy(path: str, kind: Kind, /) -> Path | None:
    """A copy of a list or table on a bucket; None for what is read where it lies.

    Raises:
        DatasetError: If there is no such object.
    """
    reader = READERS[kind]
    return None if not is_url(path) or reader.is_root else object_copy(path, what="a data set")
