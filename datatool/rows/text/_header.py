"""Whether the first line of a text is a header, which is no row."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from datatool.rows.columns._roles import role_of
from datatool.rows.text._grammar import IMAGE_EXTENSIONS

_UNREAD: Final = ("heic", "heif", "tga", "pcx", "dds", "ico", "exr", "hdr", "psd", "svg", "raw", "dng")
_IMAGE: Final = re.compile(rf"\.({'|'.join((*IMAGE_EXTENSIONS, *_UNREAD))})(?=[\"\s,;]|$)", re.IGNORECASE)
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_MARKS: Final = "\t,;"
_SEPARATOR_LINE: Final = re.compile(r'"?sep=.?"?\s*', re.IGNORECASE)  # Excel's, above the header
_BLANK: Final = " \t\r"


@dataclass(frozen=True, kw_only=True)
class Header:
    """The first line that is not blank.

    Attributes:
        text: The line.
        line: Its number, from 1.
        names: Names of the columns.
        delimiter: What separates them; a blank stands for a run of blanks.
        is_table: Whether columns must be told by name: `path label`, in this order, needs no names.
    """

    text: str
    line: int
    names: tuple[str, ...]
    delimiter: str
    is_table: bool


def find_header(lines: Sequence[str], /, *, given: Collection[str] = (), is_named: bool = False) -> Header | None:
    """Look at the first lines of a text.

    The first is a header where all of it is known names of columns, or one of the ``given`` names; and where it has no
    image extension and its label stands nowhere below, while most lines have an image extension, or it holds a known
    name, or the file is named as tables are: names that tell no column are then said to be none.

    Args:
        lines: Whole lines without their ends, the first one first.
        given: Names of columns that a user gave.
        is_named: Whether the file is named as tables are; what has a header is then a table.
    """
    filled = [at for at, line in enumerate(lines) if line.strip(_BLANK)]
    if is_named and filled and _SEPARATOR_LINE.fullmatch(lines[filled[0]]):
        del filled[0]
    first = next(iter(filled), None)
    if first is None:
        return None
    text = lines[first].rstrip("\r")
    # A table with the line ends of an old Mac is one line, whose beginning is the header.
    shown, *inside = text.split("\r") if is_named else [text]
    delimiter = delimiter_of(shown, is_named=is_named)
    names = tuple(name.strip() for name in _fields(shown.lstrip("# "), delimiter))
    rest = [line for line in (*inside, *lines[first + 1 :]) if line.strip(_BLANK)]
    if not _is_header(names, shown, rest, given, is_named=is_named):
        return None
    return Header(
        text=text,
        line=first + 1,
        names=names,
        delimiter=delimiter,
        is_table=is_named or not _is_plain(names, delimiter, rest, given),
    )


def delimiter_of(line: str, /, *, is_named: bool) -> str:
    """What separates the columns of a header; blanks only in a text that is not named as a table is."""
    delimiter = max(_MARKS, key=line.count)
    return " " if delimiter not in line and " " in line and not is_named else delimiter


def csv_options(delimiter: str, /) -> dict[str, Any]:
    """How `csv.reader` is to read lines with this delimiter."""
    return {"delimiter": delimiter, "skipinitialspace": delimiter == " "}


def label_below(text: str, /) -> re.Pattern[bytes]:
    """What finds a line that ends in the last token of ``text``, in bytes of whole lines."""
    label = _label(text).encode()
    return re.compile(rb"[\s,;\"]" + re.escape(label) + rb"\"?[ \t\r]*$", re.MULTILINE)


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], **csv_options(delimiter)), [])
    except csv.Error:  # a line longer than its limit
        return line.split(delimiter)


def _is_header(
    names: tuple[str, ...], text: str, rest: Sequence[str], given: Collection[str], *, is_named: bool
) -> bool:
    lowered = {name.lower() for name in names}
    if _IMAGE.search(text) or not any(names):
        return False
    if any(name.lower() in lowered for name in given) or all(role_of(name) is not None for name in names if name):
        return True
    label = _label(text)
    if not label or label == text.strip(_BLANK):
        return False
    is_odd = 2 * sum(_IMAGE.search(line) is not None for line in rest) > len(rest)
    is_known = (is_named and len(names) > 1) or any(role_of(name) in ("path", "label") for name in names)
    below = label_below(text)
    return (is_odd or (is_known and not _INTEGER.fullmatch(label))) and not any(
        below.search(line.encode(errors="replace")) for line in rest
    )


def _label(text: str) -> str:
    """The last token of a line; a separator may end it, as spreadsheets write it."""
    return re.split(r"[\s,;]", text.strip(f'{_BLANK}",;'))[-1].strip('"')


def _is_plain(names: tuple[str, ...], delimiter: str, rest: Sequence[str], given: Collection[str]) -> bool:
    """Whether the grammar of lists reads the lines below: a path, then a label."""
    roles = [role_of(name) for name in names]
    lowered = {name.lower() for name in names}
    if delimiter == ";" or any(name.lower() in lowered for name in given):
        return False
    if len(names) <= 2:
        return roles[0] in ("path", None) and roles[-1] in ("path" if len(names) == 1 else "label", None)
    fitting = sum(len(_fields(line, delimiter)) == len(names) for line in rest)
    return not any(roles) and 2 * fitting <= len(rest)
