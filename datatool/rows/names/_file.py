"""Class names: `id name` per line, or one name each."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from datatool.rows._written import read_name
from datatool.rows.text._bytes import open_bytes
from datatool.rows.text._grammar import IMAGE_EXTENSIONS
from datatool.schemas import MAX_LABEL, DatasetError

_LINE = re.compile(r"\s*([0-9]+)(?:[\s,]|:\s)[\s,]*(.*\S)\s*", re.ASCII)
_IMAGE = re.compile(rf"\.({'|'.join(IMAGE_EXTENSIONS)})\b", re.IGNORECASE)
NAMES_FILES: Final = ("label_list.txt", "classes.txt", "class_names.txt")
_MOST_BYTES: Final = 64 << 20  # of a file that is only found: names of classes are no larger


def find_names(lists: Sequence[Path], /) -> Path | None:
    """A file of names beside one of these lists, under a usual name and with lines that are names."""
    for folder in dict.fromkeys(file.parent for file in lists):
        for name in NAMES_FILES:
            file = folder / name
            if file.is_file() and not any(file == one or file.samefile(one) for one in lists) and _holds_names(file):
                return file
    return None


def _holds_names(file: Path) -> bool:
    if file.stat().st_size > _MOST_BYTES:
        return False
    try:
        names = read_names(file)
    except DatasetError:
        return False
    return bool(names) and not any(_IMAGE.search(name) for name in names.values())


def read_names(path: Path, /) -> dict[int, str]:
    """Names by id; names may hold spaces, and odd ones stand as JSON strings.

    Where no line begins with an id, the first line is the name of 0.

    Raises:
        DatasetError: If the file cannot be read, only some lines are `id name`, or an id stands twice.
    """
    lines = [(number, line.strip()) for number, line in enumerate(_text(path).split("\n"), start=1)]
    last = max((number for number, line in lines if line), default=0)
    found = [(number, line, _LINE.fullmatch(line)) for number, line in lines[:last]]
    if not any(match for _, _, match in found):
        return _without_ids(path, lines[:last])
    names: dict[int, str] = {}
    for number, line, match in found:
        if not line:
            continue
        digits = "" if match is None else match[1].lstrip("0") or "0"
        if match is None or len(digits) > len(str(MAX_LABEL)) or int(digits) > MAX_LABEL:
            raise DatasetError(f"names must be `id name` lines; got '{line}'", file=path, line=number)
        label = int(digits)
        if label in names:
            raise DatasetError(f"names must give each id once; got {label} again", file=path, line=number)
        names[label] = read_name(match[2])
    return names


def is_shifted(named: Collection[int], first: int, last: int, /) -> bool:
    """Whether names are numbered 1 to n and ids 0 to n - 1, or the other way round.

    >>> is_shifted({1, 2, 3}, 0, 2), is_shifted({0, 1, 2}, 1, 3), is_shifted({0, 1, 2}, 0, 2)
    (True, True, False)
    """
    if not named or max(named) - min(named) + 1 != len(named):
        return False
    return (min(named) == 1 and first == 0 and last < max(named)) or (
        min(named) == 0 and first == 1 and last == max(named) + 1
    )


def _without_ids(path: Path, lines: list[tuple[int, str]]) -> dict[int, str]:
    _refuse_json(path, "\n".join(line for _, line in lines))
    for number, line in lines:
        if not line:
            raise DatasetError("one name each must be given without gaps; got a blank line", file=path, line=number)
    return {number - 1: read_name(line) for number, line in lines}


def _refuse_json(path: Path, text: str) -> None:
    """An array or an object would be read as names with brackets."""
    if text[:1] not in ("[", "{"):
        return
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return
    kind = "array" if isinstance(held, list) else "object"
    raise DatasetError(
        f"names must be `id name` lines, or one name each; got a JSON {kind}",
        file=path,
        hint="write one name a line, in the order of their ids",
    )


def _text(path: Path) -> str:
    try:
        with open_bytes(path, what="names file") as stream:
            return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"names file must be UTF-8; got byte 0x{error.object[error.start]:02x}",
            file=path,
            line=error.object[: error.start].count(b"\n") + 1,
            hint=f"iconv -f GBK -t UTF-8 {path}",
        ) from None
