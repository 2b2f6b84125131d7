"""List text as another program reads it: what that program would refuse is a fault, with its own words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows.readers._base import NOT_UTF8, OpenedPart
from datatool.rows.text._grammar import SEPARATOR_NAMES
from datatool.schemas import MAX_LABEL, DatasetError, LineRule, Part

_BATCH: Final = 65_536  # rows; a batch costs about a millisecond, a row a microsecond
_INTEGER: Final = re.compile(r"-?[0-9]+", re.ASCII)
_INT64: Final = 2**63
_BOM: Final = "\ufeff"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # what stands for a byte that is not UTF-8

_Row = tuple[str, int, int]  # path, label, line


def open_ruled(part: Part, path: Path, rule: LineRule, /) -> OpenedPart:
    """A list whose lines are read by the rule of another program.

    Raises:
        DatasetError: If the file cannot be opened.
    """
    if path.is_dir():
        raise DatasetError(f"a list must be a file; got the folder '{part.path}'")
    try:
        path.open("rb").close()
    except OSError as error:
        raise DatasetError(f"a list must be readable; got '{error.strerror}'", file=part.path) from None
    delimiter = rule.delimiter
    return OpenedPart(
        part=part,
        batches=lambda remarks: _batches(path, rule, remarks),
        separator="any blanks" if delimiter is None else SEPARATOR_NAMES.get(delimiter, repr(delimiter)),
    )


def _batches(path: Path, rule: LineRule, remarks: Remarks) -> Iterator[Any]:
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:  # with universal line ends, as programs open
        rows = _rows(lines, rule, remarks)
        while found := list(itertools.islice(rows, _BATCH)):
            yield rows_batch(found)


def _rows(lines: Iterator[str], rule: LineRule, remarks: Remarks) -> Iterator[_Row]:
    for number, line in enumerate(lines, start=1):
        row = read_ruled(line, rule)
        if len(row) == 1:
            ((code, reason),) = row
            remarks.faults.append((code, number, _shown(line), reason))
            continue
        path, label, extra = row
        if extra is not None:
            remarks.extras.append((number, _shown(line), extra))
        yield path, label, number


def _shown(line: str) -> str:
    return line.rstrip("\n").encode(errors="surrogateescape").decode(errors="backslashreplace")


def read_ruled(line: str, rule: LineRule, /) -> tuple[str, int, str | None] | tuple[tuple[str, str]]:
    r"""One line, as the rule has it.

    Args:
        line: The line, perhaps with its end; bytes that are not UTF-8 as surrogates.
        rule: Whose reading is followed.

    Returns:
        Path, label and a remark on further columns; or a single pair of code and reason.

    >>> read_ruled("a.jpg 3\n", LineRule(reader="PaddleClas", delimiter=" "))
    ('a.jpg', 3, None)
    >>> read_ruled("a b.jpg 3", LineRule(reader="PaddleClas", delimiter=" "))[0][0]
    'E102'
    """
    who = rule.reader
    if _SURROGATE.search(line):
        return (("E106", f"{NOT_UTF8}: {who} raises UnicodeDecodeError, and reads none of the list"),)
    if line.startswith(_BOM):
        return (("E101", f"{who} takes the byte order mark for the path's: AssertionError: path ... does not exist"),)
    columns = line.strip().split(rule.delimiter)
    if rule.num_columns is not None and len(columns) != rule.num_columns:
        few = len(columns) < rule.num_columns
        said = f"not enough values to unpack (expected {rule.num_columns}, got {len(columns)})"
        many = f"too many values to unpack (expected {rule.num_columns})"
        return (("E101", f"{who} raises ValueError: {said if few else many}, and shows another row in its place"),)
    if len(columns) < 2:
        blank = "a blank line: " if not line.strip() else f"nothing after the delimiter {rule.delimiter!r}: "
        return (("E101", f"{blank}{who} raises IndexError: list index out of range"),)
    path, text = columns[:2]
    fault = _label_fault(text, who) or _path_fault(path, who)
    if fault is not None:
        return (fault,)
    extra = None
    if columns[2:]:
        extra = f"{who} takes the second column, {text}, for the label and leaves '{' '.join(columns[2:])}' alone"
    return path, int(text), extra


def _label_fault(text: str, who: str) -> tuple[str, str] | None:
    try:
        label = int(text)
    except ValueError as error:
        return "E102", f"{who} raises ValueError: {error}"
    if not _INTEGER.fullmatch(text):
        return "E102", f"{who} reads the label '{text}' as {label}; other readers refuse it"
    if not -_INT64 <= label < _INT64:
        return "E104", f"{who} raises OverflowError: Python int too large to convert to C long"
    if label < 0:
        return "E103", f"{who} accepts the label {label}, and the loss fails or ignores it"
    if label > MAX_LABEL:
        return "E104", f"{who} accepts the label {label}, which no int32 holds"
    return None


def _path_fault(path: str, who: str) -> tuple[str, str] | None:
    if not path:
        return "E101", f"no path before the delimiter: {who} takes the root for the image"
    if "\0" in path:
        return "E101", f"{who} raises ValueError: embedded null byte"
    return None
