"""CSV and TSV with a header that names the columns."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.rows._columns import Columns, find_columns, refuse_one_hot
from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows._splits import split_of, unknown_split
from datatool.rows.readers._base import HEAD, NOT_UTF8, Given, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.rows.readers._records import STRAY_QUOTE, Stray, read_records
from datatool.rows.text._bytes import UTF8_BOM, open_bytes, text_encoding
from datatool.rows.text._grammar import Fault, read_label
from datatool.rows.text._header import Header, csv_options, find_header
from datatool.schemas import DatasetError, Part

_ENDINGS: Final = {".csv", ".tsv"}
_BATCH: Final = 50_000


@dataclass(frozen=True, kw_only=True)
class _Table:
    """How the records of a table are read."""

    header: Header
    columns: Columns

    @property
    def has_source(self) -> bool:
        return self.columns.source is not None

    @property
    def has_split(self) -> bool:
        return self.columns.split is not None


def _recognises(given: Given) -> bool:
    return _is_named(given.path) and find_header(head_lines(given.head), is_named=True) is not None


def _is_named(path: Path) -> bool:
    """Whether one of a name's endings is that of a table; more may follow, as in `.csv.gz`."""
    return not _ENDINGS.isdisjoint(suffix.lower() for suffix in path.suffixes)


def head_lines(head: bytes, /) -> list[str]:
    """The lines that begin in the first bytes of a text, the last one perhaps cut."""
    return head.removeprefix(UTF8_BOM).decode(errors="replace").rstrip("\n").split("\n")


def _open(part: Part, path: Path, _: ReadOptions) -> OpenedPart:
    lines = _head_of(path)
    return open_table(part, path, table_header(part, lines) or _first_as_header(part, lines))


def table_header(part: Part, lines: list[str], /) -> Header | None:
    """The header of a part, as `find_header` has it."""
    given = [name for _, name in part.columns]
    return find_header(lines, given=given, is_named=part.kind == CSV.kind or _is_named(Path(part.path)))


def _first_as_header(part: Part, lines: list[str]) -> Header:
    """The first line of what a dataset file calls a table, for the message that names of columns are missing."""
    found = find_header([lines[0]], given=lines[0].split(","), is_named=True)
    if found is None:
        raise DatasetError(f"a table must begin with the names of its columns; got '{lines[0][:200]}'", file=part.path)
    return found


def open_table(part: Part, path: Path, header: Header, /) -> OpenedPart:
    """Settle the columns of a table.

    Raises:
        DatasetError: If names do not tell them.
    """
    if "\r" in header.text:
        raise DatasetError(
            "lines must end in a line feed; got a carriage return inside of the first (old Mac line ends?)",
            file=part.path,
            line=header.line,
            hint=f"tr '\\r' '\\n' < {part.path} > new.csv",
        )
    given = dict(part.columns)
    refuse_one_hot(header.names, _first_records(path, header), given, file=part.path)
    table = _Table(header=header, columns=find_columns(header.names, given, file=part.path))

    def batches(remarks: Remarks) -> Iterator[Any]:
        with open_bytes(path) as stream, _text(stream) as text:
            yield from _batches(text, table, remarks)

    return OpenedPart(
        part=part,
        batches=batches,
        has_source=table.has_source,
        has_split=table.has_split,
        columns=table.columns.names,
        encoding=text_encoding(path),
    )


def _first_records(path: Path, header: Header) -> list[list[str]]:
    lines = _head_of(path)[header.line : header.line + 100]
    return list(csv.reader((line.replace("\r", "") for line in lines), **csv_options(header.delimiter)))


def _text(stream: Any) -> io.TextIOWrapper:
    """Characters of a CSV; bytes that are not UTF-8 become surrogates."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _head_of(path: Path) -> list[str]:
    with open_bytes(path) as stream:
        return head_lines(stream.read(HEAD))


def _batches(text: io.TextIOWrapper, table: _Table, remarks: Remarks) -> Iterator[Any]:
    label = table.columns.label
    records = _records(text, table.header, [table.columns.path, *([] if label is None else [label])])
    rows = (row for line, record in records if (row := _row(record, line, table, remarks)) is not None)
    for some in iter(lambda: list(itertools.islice(rows, _BATCH)), []):
        yield rows_batch(some, has_source=table.has_source, has_split=table.has_split)


def _records(text: io.TextIOWrapper, header: Header, whole: list[int]) -> Iterator[tuple[int, list[str] | Stray]]:
    """Records below the header with the line they begin on."""
    for line, record in read_records(text, whole=whole, **csv_options(header.delimiter)):
        if line > header.line:
            yield line, record


def _row(record: list[str] | Stray, line: int, table: _Table, remarks: Remarks) -> tuple[Any, ...] | None:
    if isinstance(record, Stray):
        remarks.faults.append(("E101", line, _shown(record.text), STRAY_QUOTE))
        return None
    text = table.header.delimiter.join(record)
    if not text.strip():
        remarks.note("I109", "blank lines", line=line, text=text)
        return None
    columns = table.columns
    path, label, source, named = (
        _field(record, at) for at in (columns.path, columns.label, columns.source, columns.split)
    )
    split = split_of(named) if table.has_split else None
    value = _fault(text, path, label) or read_label(label, path)
    if table.has_split and split is None:
        value = Fault(code="W112", reason=unknown_split(named))
    if isinstance(value, Fault):
        remarks.faults.append((value.code, line, _shown(text), value.reason))
        if value.word is not None:
            remarks.words.append((path, value.word, line, source or None, split))
        return None
    remarks.outside = remarks.outside or path.startswith("/") or ".." in path
    return (path, value, line, *([source] * table.has_source), *([split] * table.has_split))


def _shown(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode(errors="backslashreplace")


def _field(record: list[str], at: int | None) -> str:
    return record[at].strip() if at is not None and at < len(record) else ""


def _fault(text: str, path: str, label: str) -> Fault | None:
    if _holds_bytes(text):
        return Fault(code="E106", reason=NOT_UTF8)
    if not path or not label:
        return Fault(code="E101", reason=f"no {'path' if not path else 'label'} in its column")
    if any(mark in path for mark in "\0\r\n"):
        return Fault(code="E101", reason="a line end or NUL stands in the path")
    return None


def _holds_bytes(text: str) -> bool:
    """Whether a byte that is not UTF-8 was read as a surrogate."""
    return not text.isascii() and any("\udc80" <= mark <= "\udcff" for mark in text)


def is_table(part: Part, path: Path, /) -> bool:
    """Whether a part is a table to those who need no label, whatever `resolve` takes it for."""
    header = table_header(part, _head_of(path))
    return header is not None and header.is_table


def _paths(part: Part, path: Path) -> PathLines:
    lines = _head_of(path)
    header = table_header(part, lines) or _first_as_header(part, lines)
    at = find_columns(header.names, dict(part.columns), file=part.path, needed=["path"]).path
    with open_bytes(path) as stream, _text(stream) as text:
        for line, record in _records(text, header, [at]):
            if isinstance(record, Stray):
                yield line, Unreadable(STRAY_QUOTE)
                continue
            if not any(field.strip() for field in record):
                continue
            field = _field(record, at)
            yield line, Unreadable(NOT_UTF8) if _holds_bytes(field) else field or Unreadable("no path in its column")


CSV: Final = Reader(
    kind="csv",
    help="CSV/TSV",
    title="CSV, TSV",
    text=(
        "with a header that names the columns: `path` and `label` or other usual names, perhaps `source` and `split`; "
        "comma, tab or semicolon"
    ),
    recognises=_recognises,
    open=_open,
    paths=_paths,
    is_text=True,
)
