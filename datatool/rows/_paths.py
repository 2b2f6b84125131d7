"""The pictures that a data set lists, for those who need no label: a label may be missing, or be anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datatool.rows._refuse import refuse_damaged
from datatool.rows._spool import file_of
from datatool.rows.foreign import refuse_foreign
from datatool.rows.readers import READERS, PathLines, Unreadable, is_table
from datatool.schemas import Dataset, Part, is_url, scratch_folder
from datatool.storage import locate


@dataclass(frozen=True, kw_only=True)
class ListedPath:
    """One line.

    Attributes:
        file: Where it stands.
        line: 1-based.
        path: Joined to its root; None where the line cannot be read as a path.
        reason: Why it cannot; else empty.
    """

    file: str
    line: int
    path: str | None
    reason: str = ""


def listed_paths(dataset: Dataset, /) -> Iterator[ListedPath]:
    """Every line of every part in order, blank ones left out; labels, names and ``select`` are not looked at.

    A line of list text can be read in more than one way where its label is missing or holds blanks; the first that
    names a file is taken.

    Raises:
        DatasetError: If a part cannot be read at all.
    """
    with scratch_folder() as folder:
        for part in dataset.parts:
            with refuse_damaged(part.path):
                for line, path in _lines(part, folder):
                    if isinstance(path, Unreadable):
                        yield ListedPath(file=part.path, line=line, path=None, reason=path.reason)
                    else:
                        yield ListedPath(file=part.path, line=line, path=locate(part.root, path))


def _lines(part: Part, folder: Path) -> PathLines:
    path = file_of(part, folder)
    if part.spooled is not None or not is_url(part.path):
        refuse_foreign(part, path)
    kind = part.kind
    if kind in ("csv", "list"):  # a text whose header names columns is a table, list text to `resolve`
        kind = "csv" if is_table(part, path) else "list"
    return READERS[kind].paths(part, path)
