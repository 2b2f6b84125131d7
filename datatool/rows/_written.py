"""Lines of the text files that datatool writes, each so that it reads back as it was, or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from datatool.rows.text._grammar import Parsed, parse_line
from datatool.schemas import MAX_LABEL, DatasetError

_PLAIN_PATH: Final = re.compile(r'[^\s,"\x00-\x1f\x7f\ufeff\ud800-\udfff]+')  # needs no second look
_ODD_PATH: Final = re.compile("^\ufeff|[\n\r\0\ud800-\udfff]")  # a mark, a line end, or what UTF-8 cannot hold
_ODD_NAME: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]|^[\\s,]|\\s$|^$")
_CELL: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


def list_line(path: str, label: int, /) -> str:
    r"""A line of list text with its end.

    Raises:
        DatasetError: If the line would read back as another row, or as several.

    >>> list_line("a b.jpg", 3)
    'a b.jpg 3\n'
    """
    line = f"{path} {label}"
    if not _PLAIN_PATH.fullmatch(path) and not _reads_back(line, path, label):
        raise DatasetError(
            f"a path in a list must hold no line end, quote or blank at its ends; got '{path}'",
            hint="rename the file, or leave it out",
        )
    return f"{line}\n"


def delimited_line(
    path: str, label: int, delimiter: str, /, *, file: str | None = None, line: int | None = None
) -> str:
    r"""A line for readers that strip it and split it at every delimiter, with its end.

    Args:
        path: Of the image.
        label: Class id.
        delimiter: What stands between them.
        file: Where the row was listed, for the error.
        line: The line there.

    Raises:
        DatasetError: If such a reader would see another row.

    >>> delimited_line("a b.jpg", 3, "\t")
    'a b.jpg\t3\n'
    """
    written = f"{path}{delimiter}{label}"
    splits = delimiter in path
    if splits or _ODD_PATH.search(path) or written.strip().split(delimiter) != [path, str(label)]:
        rule = f"not hold the delimiter {delimiter!r}" if splits else "hold no line end and no blank at its ends"
        hint = "give another one, such as --delimiter tab" if splits else "rename the file, or leave it out"
        raise DatasetError(f"a path in a list must {rule}; got '{path}'", file=file, line=line, hint=hint)
    return f"{written}\n"


def _reads_back(line: str, path: str, label: int) -> bool:
    if "\n" in line or line.startswith("\ufeff") or any("\ud800" <= mark <= "\udfff" for mark in line):
        return False
    parsed = parse_line(line, separator=" ")
    return isinstance(parsed, Parsed) and (parsed.path, parsed.label) == (path, label)


def names_text(names: Mapping[int, str], /) -> str:
    r"""A names file, `id name` per line, sorted by id; a name that would not read back stands as a JSON string.

    >>> names_text({1: "do\ng", 0: "cat"})
    '0 cat\n1 "do\\ng"\n'
    """
    assert all(0 <= label <= MAX_LABEL for label in names)
    return "".join(f"{label} {_written_name(name)}\n" for label, name in sorted(names.items()))


def read_name(text: str, /) -> str:
    r"""A name as it stands in a names file.

    >>> read_name('"do\\ng"'), read_name('"cat"')
    ('do\ng', '"cat"')
    """
    if len(text) < 2 or not text[0] == text[-1] == '"':
        return text
    try:
        name = json.loads(text)
    except ValueError:
        return text
    return name if _is_odd(name) else text


def _written_name(name: str) -> str:
    return json.dumps(name) if _is_odd(name) else name


def _is_odd(name: str) -> bool:
    return _ODD_NAME.search(name) is not None or read_name(name) != name


def tsv_line(cells: Iterable[object], /) -> str:
    r"""A line of a table with tabs; tabs, line ends and backslashes inside a cell are spelled out.

    >>> tsv_line(["a\tb", 3])
    'a\\tb\t3\n'
    """
    return "\t".join(str(cell).translate(_CELL) for cell in cells) + "\n"
