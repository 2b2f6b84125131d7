"""What lies where a missing file was looked for."""

from __future__ import annotations

import os
import unicodedata
from typing import Final, NamedTuple

from datatool.schemas import DatasetError, is_url
from datatool.storage._locator import Locator
from datatool.storage.remote import names_below

_MAX_LISTED: Final = 100_000  # names of a folder that are looked at


class Instead(NamedTuple):
    """A file that is there, relative to the last folder that two spellings share, and how it was asked for."""

    asked: str
    found: str
    why: str


def instead_of(file: Locator, /) -> Instead | None:
    """The file that another spelling of a missing one names: by case, Unicode form, backslashes or a left-out ending.

    Every folder on the way is listed at most once, and only where a name is not there.
    """
    if is_url(file):
        return None  # listing a bucket for each would cost a request
    place, _, asked = file.partition("/")
    while asked and os.path.lexists(os.path.join(f"{place}/", asked.partition("/")[0])):
        part, _, asked = asked.partition("/")
        place = f"{place}/{part}"
    if not asked:
        return None
    place, fixed = f"{place}/", ""
    reasons: dict[str, None] = {}
    for part in asked.replace("\\", "/").split("/"):
        match = _match(os.path.join(place, fixed), part)
        if match is None:
            return None
        fixed = os.path.join(fixed, match[0])
        reasons |= dict.fromkeys(match[1])
    if not os.path.isfile(os.path.join(place, fixed)):
        return None
    if "\\" in asked:
        reasons["slashes"] = None
    return Instead(asked, fixed, " and ".join(reasons))


def neighbour(file: Locator, /) -> tuple[str, str] | None:
    """The folder of a missing file and one file in it, where the folder is there and holds any."""
    if is_url(file):
        return None
    folder = os.path.dirname(file)
    return next(
        ((folder, name) for name in sorted(names_in(folder)) if os.path.isfile(os.path.join(folder, name))), None
    )


def _match(folder: str, part: str) -> tuple[str, list[str]] | None:
    """The name in a folder that a part stands for, and in what the two differ."""
    if os.path.lexists(os.path.join(folder, part)):
        return part, []
    names = names_in(folder)
    normal = unicodedata.normalize("NFC", part)
    for name in names:
        if unicodedata.normalize("NFC", name) == normal:
            return name, ["Unicode form (NFC against NFD)"]
    for name in names:
        if unicodedata.normalize("NFC", name).casefold() == normal.casefold():
            return name, ["case"]
    for name in names:
        stem, dot, _ = name.rpartition(".")
        if dot and stem == part:
            return name, ["ending"]
    return None


def names_in(folder: str, /) -> list[str]:
    """The first names of a folder; none where it cannot be listed."""
    if is_url(folder):
        return _object_names(folder)
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(_MAX_LISTED), strict=False)]
    except OSError:
        return []


def _object_names(folder: str) -> list[str]:
    try:
        names = names_below(folder, recursive=False)
        return [name.rstrip("/") for (name, _), _ in zip(names, range(_MAX_LISTED), strict=False)]
    except (OSError, DatasetError):
        return []
