"""Several files named by one pattern."""

from __future__ import annotations

import glob
import os
import re
from typing import Final

from datatool.rows.remote import matched
from datatool.schemas import DatasetError, is_url

_RANGE: Final = re.compile(r"\{([0-9]{1,18})\.\.([0-9]{1,18})\}")
_MOST: Final = 1_000_000  # files of a range


def is_pattern(path: str, /) -> bool:
    """Whether a path that is no file names several.

    >>> is_pattern("train-*.tar"), is_pattern("train-{000..012}.tar"), is_pattern("train.tar")
    (True, True, False)
    """
    return (is_url(path) or not os.path.exists(path)) and (glob.has_magic(path) or _RANGE.search(path) is not None)


def expanded(path: str, /) -> list[str]:
    """The files that a path names, sorted: `*`, `?`, `[a-z]`, `**`, and `{000..012}`, as WebDataset has it.

    Raises:
        DatasetError: If a pattern names none.
    """
    if not is_pattern(path):
        return [path]
    found = [file for each in _ranges(path) for file in (_globbed(each) or _named(each))]
    if not found:
        raise DatasetError(f"a pattern must match a file; got '{path}', which matches none")
    return found


def _globbed(path: str) -> list[str]:
    if is_url(path):
        return matched(path) if glob.has_magic(path) else []
    return sorted(glob.glob(path, recursive=True))


def _named(path: str) -> list[str]:
    return [] if glob.has_magic(path) else [path]


def _ranges(path: str) -> list[str]:
    match = _RANGE.search(path)
    if match is None:
        return [path]
    first, last = int(match[1]), int(match[2])
    if not first <= last < first + _MOST:
        raise DatasetError(f"a range of files must go up, to at most {_MOST:,}; got '{match[0]}'")
    before, behind, digits = path[: match.start()], path[match.end() :], len(match[1])
    return [each for number in range(first, last + 1) for each in _ranges(f"{before}{number:0{digits}}{behind}")]
