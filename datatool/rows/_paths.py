"""The pictures that a data set lists, for those who need no label: a label may be missing, or be anything."""

from __future__ import annotations

import csv
import itertools
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.rows._bytes import UTF8_BOM, line_blocks, open_bytes
from datatool.rows._csv import csv_records, csv_text, first_line, header_names
from datatool.rows._grammar import IMAGE_EXTENSIONS, Parsed, parse_line
from datatool.rows._list import sample_lines
from datatool.rows._open import file_of
from datatool.rows._parquet import open_parquet, texts_of
from datatool.rows._sniff import sniff_separator
from datatool.schemas import Dataset, DatasetError, Part
from datatool.storage import is_file, locate

_SUFFIXES: Final = frozenset({*(f".{each}" for each in IMAGE_EXTENSIONS), ".avif"})
_PATH_END: Final = re.compile(rf"({'|'.join(map(re.escape, sorted(_SUFFIXES)))})(?=\"?[ \t,])", re.IGNORECASE)
_BLANK: Final = " \t"
_MOST_READINGS: Final = 8  # of one line; a line with more pictures is a detection list
_NOT_UTF8: Final = "a byte is not UTF-8"


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


def names_image(path: str | Path, /) -> bool:
    """Whether a name ends as names of images do."""
    return Path(path).suffix.lower() in _SUFFIXES


def pictures_below(folder: Path, /) -> list[str]:
    """Every file below a folder that is named as images are, sorted."""
    return sorted(str(file) for file in folder.rglob("*") if names_image(file) and file.is_file())


def listed_paths(dataset: Dataset, /) -> Iterator[ListedPath]:
    """Every line of every part in order, blank ones left out; labels, names and ``select`` are not looked at.

    A line of list text can be read in more than one way where its label is missing or holds blanks. The first reading
    that names a file is taken: the line without its label, the whole line, the line up to an image's extension.

    Raises:
        DatasetError: If a part cannot be read at all.
    """
    with tempfile.TemporaryDirectory(prefix="datatool-") as folder:
        for part in dataset.parts:
            for line, text in _lines(part, Path(folder)):
                if isinstance(text, _Unreadable):
                    yield ListedPath(file=part.path, line=line, path=None, reason=text.reason)
                else:
                    yield ListedPath(file=part.path, line=line, path=locate(part.root, text))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    reason: str


_Lines = Iterator[tuple[int, str | _Unreadable]]


def _lines(part: Part, folder: Path) -> _Lines:
    if part.kind == "folder":
        root = Path(part.path).absolute()
        return enumerate(pictures_below(root), start=1)
    path = file_of(part, folder)
    if part.kind == "parquet":
        return _parquet_lines(part, path)
    if part.kind == "csv" or {".csv", ".tsv"} & {suffix.lower() for suffix in Path(part.path).suffixes}:
        with open_bytes(path) as stream:
            delimiter, names = header_names(first_line(stream))
        if names.count("path") == 1:
            return _csv_lines(part, path, delimiter, names.index("path"))
    return _list_lines(part, path)


def _parquet_lines(part: Part, path: Path) -> _Lines:
    import pyarrow as pa

    file = open_parquet(path, part)
    if "path" not in file.schema_arrow.names:
        raise DatasetError(
            f"Parquet must have the column path; got {', '.join(file.schema_arrow.names)}", file=part.path
        )
    line = 0
    for batch in file.iter_batches(columns=["path"]):
        column = batch.column(0)
        column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        try:
            texts, broken = texts_of(column)
        except pa.ArrowNotImplementedError:
            raise DatasetError(f"path must be text; got {column.type}", file=part.path) from None
        for text, bad in zip(texts.to_pylist(), itertools.repeat(False) if broken is False else broken, strict=False):
            line += 1
            yield line, _Unreadable(_NOT_UTF8) if bad else text or _Unreadable("no path in its column")


def _csv_lines(part: Part, path: Path, delimiter: str, at: int) -> _Lines:
    with open_bytes(path) as stream, csv_text(stream) as text:
        records = csv_records(csv.reader(text, delimiter=delimiter), part)
        next(records)
        for line, record in records:
            if not any(field.strip() for field in record):
                continue
            field = record[at].strip() if at < len(record) else ""
            if not field.isascii() and any("\udc80" <= mark <= "\udcff" for mark in field):
                yield line, _Unreadable(_NOT_UTF8)
            else:
                yield line, field or _Unreadable("no path in its column")


def _list_lines(part: Part, path: Path) -> _Lines:
    with open_bytes(path) as stream:
        blocks = line_blocks(stream, file=part.path)
        first = next(blocks, b"").removeprefix(UTF8_BOM)
        separator = sniff_separator(sample_lines(first))
        whole = itertools.chain.from_iterable(block.split(b"\n")[:-1] for block in itertools.chain([first], blocks))
        for line, raw in enumerate(whole, start=1):
            try:
                text = raw.removesuffix(b"\r").decode().strip(_BLANK)
            except UnicodeDecodeError:
                yield line, _Unreadable(_NOT_UTF8)
                continue
            if text:
                yield line, _path_in(text, separator=separator, root=part.root)


def _path_in(text: str, /, *, separator: str, root: Path) -> str | _Unreadable:
    """The path of a line of list text, stripped and not empty."""
    if "\0" in text or "\r" in text:
        return _Unreadable("a NUL or a carriage return stands in the line")
    parsed = parse_line(text, separator=separator)
    unlabelled = None if parsed is None else parsed.path
    ends = itertools.islice(_PATH_END.finditer(text), _MOST_READINGS)
    heads = [_unquoted(text[: found.end()]) for found in ends]
    readings = [*([unlabelled] if unlabelled else []), _unquoted(text), *heads, *text.rsplit(maxsplit=1)[:-1]]
    for reading in readings:
        if is_file(locate(root, reading)):
            return reading
    if isinstance(parsed, Parsed):
        return parsed.path
    if re.fullmatch("-?[0-9]+", text):
        return _Unreadable("no path before the label")
    named = [reading for reading in readings if names_image(reading)]
    return min(named, key=len) if named else readings[0]


def _unquoted(text: str) -> str:
    return text.strip('"')
