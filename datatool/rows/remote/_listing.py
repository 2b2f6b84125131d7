"""Folders of a bucket, which are prefixes of keys: what lies in them, and what a pattern matches."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import Final

from datatool.schemas import DatasetError
from datatool.storage import names_below

_MAGIC: Final = re.compile(r"[*?[]")


def listed(url: str, /) -> tuple[list[str], list[str]]:
    """Names of the folders and of the files right below a prefix, sorted.

    Raises:
        DatasetError: Where the scheme has no listings.
        RemoteError: If the store refuses.
    """
    names = [name for name, _ in names_below(url, recursive=False) if name]
    return (
        sorted(name.rstrip("/") for name in names if name.endswith("/")),
        sorted(name for name in names if not name.endswith("/")),
    )


def files_below(url: str, /) -> list[str]:
    """Every file below a prefix, relative to it, in the order of a walk: files of a folder, then its folders.

    Raises:
        As `listed`.
    """
    return sorted((name for name, _ in names_below(url) if name and not name.endswith("/")), key=_walked)


def matched(pattern: str, /) -> list[str]:
    """The objects that a pattern with `*`, `?`, `[...]` or `**` names, sorted.

    Raises:
        DatasetError: If it is in the name of the bucket, or the scheme has no listings.
        RemoteError: If the store refuses.
    """
    magic = _MAGIC.search(pattern)
    assert magic is not None
    above = pattern[: magic.start()].rpartition("/")[0]
    if above.count("/") < 2:
        raise DatasetError(f"a pattern must leave the bucket alone; got '{pattern}'")
    regex = _regex(pattern[len(above) + 1 :])
    flat = "/" not in pattern[magic.start() :] and "**" not in pattern
    names = (name for name, _ in names_below(above, recursive=not flat))
    return sorted(f"{above}/{name}" for name in names if regex.fullmatch(name))


def _walked(name: str) -> tuple[tuple[int, str], ...]:
    *folders, file = name.split("/")
    return (*((1, folder) for folder in folders), (0, file))


@lru_cache(maxsize=16)
def _regex(pattern: str) -> re.Pattern[str]:
    """`*` stays in a folder, `**` crosses folders, as in `glob`."""
    parts = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append(r"(?:[^/]+/)*")
        else:
            inner = fnmatch.translate(part).removeprefix("(?s:").rpartition(")")[0]
            parts.append(inner.replace(".*", "[^/]*") + "/")
    return re.compile("".join(parts).removesuffix("/"), re.DOTALL)
