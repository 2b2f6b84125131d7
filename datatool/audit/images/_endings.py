"""Paths without an ending, such as the ids of a table, and the files that they mean."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from datatool.rows import names_image
from datatool.storage import exists, names_in

_FOLDERS: Final = 16  # whose names are held
REASON: Final = "paths without an ending, opened with the one that is there"


class Endings:
    """Finds the file that a path without an ending means; folders are listed once."""

    def __init__(self) -> None:
        self._folders: OrderedDict[str, dict[str, str]] = OrderedDict()

    def __call__(self, file: str, /) -> str | None:
        """The file with the ending of an image that is there; None where the path needs none, or there is no file.

        Where there are several the first in the order of their names is meant.
        """
        folder, _, name = file.rpartition("/")
        if not name or "\0" in file or names_image(name) or exists(file):
            return None
        found = self._names(folder or "/").get(name)
        return None if found is None else f"{folder}/{found}"

    def _names(self, folder: str) -> dict[str, str]:
        """Names of the images of a folder by what stands before their ending."""
        if folder not in self._folders:
            if len(self._folders) >= _FOLDERS:
                self._folders.popitem(last=False)
            self._folders[folder] = _listed(folder)
        return self._folders[folder]


def _listed(folder: str) -> dict[str, str]:
    names = sorted(names_in(folder), reverse=True)
    return {name.rpartition(".")[0]: name for name in names if names_image(name)}
