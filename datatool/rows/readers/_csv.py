"""CSV and TSV with a header that names the columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from datatool.rows._remarks import Remarks
from datatool.rows.readers._base import HEAD, Given, OpenedPart, PathLines, Reader, ReadOptions
from datatool.rows.readers._chunks import Chunk
from datatool.rows.readers._csv_text import csv_chunks, first_records
from datatool.rows.readers._table import Places, Table, open_table, table_paths
from datatool.rows.text._ahead import ahead
from datatool.rows.text._bytes import UTF8_BOM, LineFinder, line_blocks, lines_below, open_bytes, text_encoding
from datatool.rows.text._header import Header, find_header
from datatool.schemas import DatasetError, Part

_ENDINGS: Final = {".csv", ".tsv"}
_BLOCK: Final = 4 << 20  # bytes parsed at once: smaller ones cost more calls than parsing
_AHEAD: Final = 4  # blocks parsed while earlier ones are looked at; more only take memory


def _recognises(given: Given) -> bool:
    return _is_named(given.path) and find_header(head_lines(given.head), is_named=True) is not None


def _is_named(path: Path) -> bool:
    """Whether one of a name's endings is that of a table; more may follow, as in `.csv.gz`."""
    return not _ENDINGS.isdisjoint(suffix.lower() for suffix in path.suffixes)


def head_lines(head: bytes, /) -> list[str]:
    """The lines that begin in the first bytes of a text, the last one perhaps cut."""
    return head.removeprefix(UTF8_BOM).decode(errors="replace").rstrip("\n").split("\n")


def _open(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    return open_csv(part, path, _header(part, path), options)


def open_csv(part: Part, path: Path, header: Header, options: ReadOptions, /) -> OpenedPart:
    """A text with this header as a table.

    Raises:
        DatasetError: If names do not tell the columns.
    """
    return open_table(part, _table(part, path, header), options)


def _header(part: Part, path: Path) -> Header:
    lines = _head_of(path)
    return table_header(part, lines) or _first_as_header(part, lines)


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


def _table(part: Part, path: Path, header: Header) -> Table:
    if "\r" in header.text:
        raise DatasetError(
            "lines must end in a line feed; got a carriage return inside of the first (old Mac line ends?)",
            file=part.path,
            line=header.line,
            hint=f"tr '\\r' '\\n' < {part.path} > new.csv",
        )

    def read(places: Places, remarks: Remarks) -> Iterator[Chunk]:
        def parsed() -> Iterator[tuple[Chunk, Remarks]]:  # remarks of its own: another thread reads the pass's
            heard = Remarks()
            for chunk in csv_chunks(lines_below(_blocks(part, path), header.line), header, places, heard):
                yield chunk, heard.taken()
            yield Chunk.empty(places), heard

        for chunk, heard in ahead(parsed(), depth=_AHEAD):
            remarks.add(heard)
            yield chunk

    return Table(
        names=header.names,
        read=read,
        first=lambda: first_records(_head_of(path), header),
        texts=lambda: LineFinder(_blocks(part, path)),
        is_parsed=True,
        encoding=text_encoding(path),
    )


def _blocks(part: Part, path: Path) -> Iterator[bytes]:
    with open_bytes(path) as stream:
        yield from line_blocks(stream, file=part.path, size=_BLOCK)


def _head_of(path: Path) -> list[str]:
    with open_bytes(path) as stream:
        return head_lines(stream.read(HEAD))


def is_table(part: Part, path: Path, /) -> bool:
    """Whether a part is a table to those who need no label, whatever `resolve` takes it for."""
    header = table_header(part, _head_of(path))
    return header is not None and header.is_table


def _paths(part: Part, path: Path) -> PathLines:
    return table_paths(part, _table(part, path, _header(part, path)))


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
