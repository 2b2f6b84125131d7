"""CSV and TSV with a header that names the columns path and label, and perhaps source."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.rows._bytes import open_bytes
from datatool.rows._grammar import Fault, read_label
from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows.readers._base import HEAD, NOT_UTF8, Given, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.rows.readers._records import STRAY_QUOTE, Stray, read_records
from datatool.schemas import DatasetError, Part

_ENDINGS: Final = {".csv", ".tsv"}
_BATCH: Final = 50_000
_NEEDED: Final = ("path", "label")


@dataclass(frozen=True, kw_only=True)
class _Header:
    delimiter: str
    path: int
    label: int
    source: int | None


def _recognises(given: Given) -> bool:
    return _is_named(given.path) and _header(_first_line(given.head)) is not None


def _is_named(path: Path) -> bool:
    """Whether one of a name's endings is that of a table; more may follow, as in `.csv.gz`."""
    return not _ENDINGS.isdisjoint(suffix.lower() for suffix in path.suffixes)


def _open(part: Part, path: Path, _: ReadOptions) -> OpenedPart:
    line = _head_of(path)
    header = _header(line)
    if header is None:
        raise DatasetError(f"header must name the columns path and label; got '{line}'", file=part.path, line=1)

    def batches(remarks: Remarks) -> Iterator[Any]:
        with open_bytes(path) as stream, _text(stream) as text:
            yield from _batches(text, header, remarks)

    return OpenedPart(part=part, batches=batches, has_source=header.source is not None)


def _text(stream: Any) -> io.TextIOWrapper:
    """Characters of a CSV; bytes that are not UTF-8 become surrogates."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _head_of(path: Path) -> str:
    with open_bytes(path) as stream:
        return _first_line(stream.read(HEAD))


def _first_line(head: bytes) -> str:
    return head.partition(b"\n")[0].decode("utf-8-sig", "replace").rstrip("\r\n")


def _names(line: str) -> tuple[str, list[str]]:
    """The delimiter of a header, and its names in lower case."""
    delimiter = max("\t,;", key=line.count)
    return delimiter, [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _header(line: str) -> _Header | None:
    delimiter, names = _names(line)
    if any(names.count(name) != 1 for name in _NEEDED):
        return None
    source = names.index("source") if "source" in names else None
    return _Header(delimiter=delimiter, path=names.index("path"), label=names.index("label"), source=source)


def _batches(text: io.TextIOWrapper, header: _Header, remarks: Remarks) -> Iterator[Any]:
    has_source = header.source is not None
    records = _records(text, header.delimiter, [header.path, header.label])
    rows = (row for line, record in records if (row := _row(record, line, header, remarks)) is not None)
    for some in iter(lambda: list(itertools.islice(rows, _BATCH)), []):
        yield rows_batch(some, has_source=has_source)


def _records(text: io.TextIOWrapper, delimiter: str, whole: list[int]) -> Iterator[tuple[int, list[str] | Stray]]:
    """Records below the header with the line they begin on."""
    records = read_records(text, whole=whole, delimiter=delimiter)
    next(records, None)
    yield from records


def _row(record: list[str] | Stray, line: int, header: _Header, remarks: Remarks) -> tuple[Any, ...] | None:
    if isinstance(record, Stray):
        remarks.faults.append(("E101", line, _shown(record.text), STRAY_QUOTE))
        return None
    text = header.delimiter.join(record)
    if not text.strip():
        remarks.note("I109", "blank lines", line=line, text=text)
        return None
    path, label, source = (_field(record, at) for at in (header.path, header.label, header.source))
    fault = _fault(text, path, label)
    value = fault or read_label(label, path)
    if isinstance(value, Fault):
        remarks.faults.append((value.code, line, _shown(text), value.reason))
        if value.word is not None:
            remarks.words.append((path, value.word, line, source or None))
        return None
    remarks.outside = remarks.outside or path.startswith("/") or ".." in path
    return (path, value, line) if header.source is None else (path, value, line, source)


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


def has_path_column(part: Part, path: Path, /) -> bool:
    """Whether a part is a CSV to those who need no label: its header names one column path."""
    return (part.kind == CSV.kind or _is_named(Path(part.path))) and _names(_head_of(path))[1].count("path") == 1


def _paths(_: Part, path: Path) -> PathLines:
    delimiter, names = _names(_head_of(path))
    at = names.index("path")
    with open_bytes(path) as stream, _text(stream) as text:
        for line, record in _records(text, delimiter, [at]):
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
    text="with a header that names `path` and `label`, perhaps `source`; comma, tab or semicolon",
    recognises=_recognises,
    open=_open,
    paths=_paths,
)
