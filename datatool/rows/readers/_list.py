"""List text, `path label` per line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.rows._pictures import SUFFIXES, names_image
from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows.columns._roles import role_of
from datatool.rows.readers._base import HEAD, NOT_UTF8, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.rows.readers._csv import head_lines, open_csv, table_header
from datatool.rows.readers._ruled import open_ruled
from datatool.rows.text._ahead import ahead
from datatool.rows.text._block import Places, parse_block, pick_lines
from datatool.rows.text._bytes import (
    BLOCK,
    UTF8_BOM,
    line_blocks,
    lines_below,
    open_bytes,
    text_encoding,
    without_lines,
)
from datatool.rows.text._grammar import SEPARATOR_NAMES, Parsed, parse_line
from datatool.rows.text._header import Header, label_below
from datatool.rows.text._sniff import SAMPLE, sniff_separator
from datatool.schemas import Part
from datatool.storage import is_file, locate

_AHEAD: Final = 4  # blocks parsed while earlier ones are counted; more only take memory
_MANY: Final = 0.02  # of the lines of a block; beyond that a Python step per line costs more than the whole block
_PATH_END: Final = re.compile(rf"({'|'.join(map(re.escape, sorted(SUFFIXES)))})(?=\"?[ \t,])", re.IGNORECASE)
_BLANK: Final = " \t"
_MOST_SHOWN: Final = 200  # characters of a header that is stated
_MOST_TRIED: Final = 8  # paths in one line; a line with more pictures is a detection list


def open_list(part: Part, path: Path, options: ReadOptions, /, *, block: int = BLOCK) -> OpenedPart:
    """Settle the separator of a list from its first lines.

    Args:
        part: What messages call it.
        path: The file to read, another one than the part's for standard input.
        options: For what turns out to be a table.
        block: Bytes parsed at once.

    Raises:
        DatasetError: If the file cannot be read.
    """
    if part.rule is not None:
        return open_ruled(part, path, part.rule)
    with open_bytes(path) as stream:
        first = next(line_blocks(stream, file=part.path, size=max(block, HEAD)), b"")
    header = _header(part, path, first)
    if header is not None and header.is_table:
        return open_csv(part, path, header, options)
    skipped = 0 if header is None else header.line
    separator = sniff_separator(_sample(first, skipped))

    def blocks() -> Iterator[bytes]:
        with open_bytes(path) as stream:
            yield from line_blocks(stream, file=part.path, size=block)

    return OpenedPart(
        part=part,
        batches=lambda remarks: _batches(blocks(), separator, skipped, remarks),
        encoding=text_encoding(path),
        pick=lambda lines: _pick(blocks(), separator, skipped, lines),
        separator=SEPARATOR_NAMES[separator] if first.strip() else None,
        header=None if header is None else header.text[:_MOST_SHOWN],
    )


def _header(part: Part, path: Path, first: bytes) -> Header | None:
    """The header of a list; one that only its first lines make one is judged by the whole file."""
    lines = head_lines(first[: 1 << 20])[: SAMPLE + 1]
    header = table_header(part, lines)
    if header is None or header.is_table or all(role_of(name) is not None for name in header.names):
        return header
    with open_bytes(path) as stream:
        blocks = line_blocks(stream, file=part.path)
        below = label_below(header.text)
        rest = itertools.chain([without_lines(next(blocks, b""), header.line)], blocks)
        return None if any(below.search(block) for block in rest) else header


def _sample(first: bytes, skipped: int = 0) -> list[str]:
    """Lines of the first block to sniff the separator from."""
    head = first.removeprefix(UTF8_BOM)[: 1 << 20].split(b"\n")[skipped:]
    lines = (line for line in head if line.strip())
    return [line.decode(errors="replace").rstrip("\r") for line in itertools.islice(lines, SAMPLE)]


def _batches(blocks: Iterator[bytes], separator: str, skipped: int, remarks: Remarks) -> Iterator[Any]:
    first = next(blocks, b"")
    if first.startswith(UTF8_BOM):
        text = first.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").rstrip("\r")
        remarks.note("I109", "byte order mark", line=1, text=text)
    for found, heard in ahead(
        _parsed(lines_below(itertools.chain([first], blocks), skipped), separator, skipped), depth=_AHEAD
    ):
        remarks.add(heard)
        yield from found


def _parsed(blocks: Iterator[bytes], separator: str, skipped: int) -> Iterator[tuple[list[Any], Remarks]]:
    """Record batches and remarks of each block; remarks of its own, since another thread reads the pass's."""
    line = skipped + 1
    for data in blocks:
        heard = Remarks()
        found, lines = parse_block(data, separator=separator, first_line=line, remarks=heard)
        yield found, heard
        line += lines


def _pick(blocks: Iterator[bytes], separator: str, skipped: int, wanted: Places) -> Iterator[Any]:
    """Rows of the wanted lines (ascending, 1-based); blocks with many of them are parsed whole."""
    line = skipped + 1
    for data in lines_below(blocks, skipped):
        lines = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))
        here = wanted[np.searchsorted(wanted, line) : np.searchsorted(wanted, line + lines)]
        if len(here) > _MANY * lines:
            yield from parse_block(data, separator=separator, first_line=line, remarks=Remarks())[0]
        elif len(here):
            rows = pick_lines(data, here.astype(np.int64) - line, separator=separator)
            yield rows_batch((path, label, at + line) for path, label, at in rows)
        line += lines


def _paths(part: Part, path: Path) -> PathLines:
    with open_bytes(path) as stream:
        blocks = line_blocks(stream, file=part.path)
        first = next(blocks, b"").removeprefix(UTF8_BOM)
        header = _header(part, path, first)
        skipped = 0 if header is None else header.line
        separator = sniff_separator(_sample(first, skipped))
        whole = itertools.chain.from_iterable(block.split(b"\n")[:-1] for block in itertools.chain([first], blocks))
        for line, raw in itertools.islice(enumerate(whole, start=1), skipped, None):
            try:
                text = raw.removesuffix(b"\r").decode().strip(_BLANK)
            except UnicodeDecodeError:
                yield line, Unreadable(NOT_UTF8)
                continue
            if text:
                yield line, _path_in(text, separator=separator, root=part.root)


def _path_in(text: str, *, separator: str, root: Path | str) -> str | Unreadable:
    """The path of a line, stripped and not empty.

    Where the label is missing or holds blanks a line can be read in several ways. The first that names a file is
    taken: the line without its label, the whole line, the line up to an image's extension.
    """
    if "\0" in text or "\r" in text:
        return Unreadable("a NUL or a carriage return stands in the line")
    parsed = parse_line(text, separator=separator)
    unlabelled = None if parsed is None else parsed.path
    ends = itertools.islice(_PATH_END.finditer(text), _MOST_TRIED)
    heads = [_unquoted(text[: found.end()]) for found in ends]
    tried = [*([unlabelled] if unlabelled else []), _unquoted(text), *heads, *text.rsplit(maxsplit=1)[:-1]]
    for path in tried:
        if is_file(locate(root, path)):
            return path
    if isinstance(parsed, Parsed):
        return parsed.path
    if re.fullmatch("-?[0-9]+", text):
        return Unreadable("no path before the label")
    named = [path for path in tried if names_image(path)]
    return min(named, key=len) if named else tried[0]


def _unquoted(text: str) -> str:
    return text.strip('"')


LIST: Final = Reader(
    kind="list",
    help="a list (path label per line, plain or gzip, - for standard input)",
    title="a list",
    text="`path label` per line, plain or gzip; `-` is standard input",
    recognises=lambda _: True,
    open=open_list,
    paths=_paths,
    is_text=True,
)
