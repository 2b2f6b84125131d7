"""List text, `path label` per line."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.rows._ahead import ahead
from datatool.rows._block import Places, parse_block, pick_lines
from datatool.rows._bytes import BLOCK, UTF8_BOM, line_blocks, open_bytes
from datatool.rows._grammar import SEPARATOR_NAMES, Parsed, parse_line
from datatool.rows._pictures import SUFFIXES, names_image
from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows._sniff import SAMPLE, sniff_separator
from datatool.rows.readers._base import NOT_UTF8, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.schemas import Part
from datatool.storage import is_file, locate

_AHEAD: Final = 4  # blocks parsed while earlier ones are counted; more only take memory
_MANY: Final = 0.02  # of the lines of a block; beyond that a Python step per line costs more than the whole block
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PATH_END: Final = re.compile(rf"({'|'.join(map(re.escape, sorted(SUFFIXES)))})(?=\"?[ \t,])", re.IGNORECASE)
_BLANK: Final = " \t"
_MOST_TRIED: Final = 8  # paths in one line; a line with more pictures is a detection list


def open_list(part: Part, path: Path, _: ReadOptions, /, *, block: int = BLOCK) -> OpenedPart:
    """Settle the separator of a list from its first lines.

    Args:
        part: What messages call it.
        path: The file to read, another one than the part's for standard input.
        block: Bytes parsed at once.

    Raises:
        DatasetError: If the file cannot be read.
    """
    with open_bytes(path) as stream:
        first = next(line_blocks(stream, file=part.path, size=block), b"")
    separator = sniff_separator(_sample(first))

    def blocks() -> Iterator[bytes]:
        with open_bytes(path) as stream:
            yield from line_blocks(stream, file=part.path, size=block)

    return OpenedPart(
        part=part,
        batches=lambda remarks: _batches(blocks(), separator, remarks),
        pick=lambda lines: _pick(blocks(), separator, lines),
        separator=SEPARATOR_NAMES[separator] if first.strip() else None,
    )


def _sample(first: bytes) -> list[str]:
    """Lines of the first block to sniff the separator from."""
    head = first.removeprefix(UTF8_BOM)[: 1 << 20].split(b"\n")
    return [line.decode(errors="replace").rstrip("\r") for line in head if line.strip()][:SAMPLE]


def _batches(blocks: Iterator[bytes], separator: str, remarks: Remarks) -> Iterator[Any]:
    first = next(blocks, b"")
    if first.startswith(_UTF16):
        remarks.faults.append(("E106", 1, "", "the file is UTF-16: iconv -f UTF-16 -t UTF-8"))
        return
    if first.startswith(UTF8_BOM):
        text = first.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").rstrip("\r")
        remarks.note("I109", "byte order mark", line=1, text=text)
    for found, heard in ahead(_parsed(_without_mark(first, blocks), separator), depth=_AHEAD):
        remarks.add(heard)
        yield from found


def _parsed(blocks: Iterator[bytes], separator: str) -> Iterator[tuple[list[Any], Remarks]]:
    """Record batches and remarks of each block; remarks of its own, since another thread reads the pass's."""
    line = 1
    for data in blocks:
        heard = Remarks()
        found, lines = parse_block(data, separator=separator, first_line=line, remarks=heard)
        yield found, heard
        line += lines


def _pick(blocks: Iterator[bytes], separator: str, wanted: Places) -> Iterator[Any]:
    """Rows of the wanted lines (ascending, 1-based); blocks with many of them are parsed whole."""
    line = 1
    for data in _without_mark(next(blocks, b""), blocks):
        lines = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))
        here = wanted[np.searchsorted(wanted, line) : np.searchsorted(wanted, line + lines)]
        if len(here) > _MANY * lines:
            yield from parse_block(data, separator=separator, first_line=line, remarks=Remarks())[0]
        elif len(here):
            rows = pick_lines(data, here.astype(np.int64) - line, separator=separator)
            yield rows_batch((path, label, at + line) for path, label, at in rows)
        line += lines


def _without_mark(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first.removeprefix(UTF8_BOM)
    yield from rest


def _paths(part: Part, path: Path) -> PathLines:
    with open_bytes(path) as stream:
        blocks = line_blocks(stream, file=part.path)
        first = next(blocks, b"").removeprefix(UTF8_BOM)
        separator = sniff_separator(_sample(first))
        whole = itertools.chain.from_iterable(block.split(b"\n")[:-1] for block in itertools.chain([first], blocks))
        for line, raw in enumerate(whole, start=1):
            try:
                text = raw.removesuffix(b"\r").decode().strip(_BLANK)
            except UnicodeDecodeError:
                yield line, Unreadable(NOT_UTF8)
                continue
            if text:
                yield line, _path_in(text, separator=separator, root=part.root)


def _path_in(text: str, *, separator: str, root: Path) -> str | Unreadable:
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
)
