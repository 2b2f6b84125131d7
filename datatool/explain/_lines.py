"""A log as blocks of whole lines, in bounded memory: plain or gzip, UTF-8 or UTF-16, a file or standard input."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from datatool.schemas import DatasetError

STANDARD_INPUT: Final = "-"
BLOCK: Final = 1 << 18  # characters read at once
LONGEST_LINE: Final = 1 << 20  # a longer line is cut: progress bars without line ends grow without bound
_GZIP: Final = b"\x1f\x8b"
_BOMS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_COLOUR: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def blocks(log: str, /) -> Iterator[str]:
    """Text of a log, cut only between lines; colours are taken out, and each redrawing of a bar is left in its line.

    Raises:
        DatasetError: If it cannot be read, or its gzip data are damaged.
    """
    with _opened(log) as binary:
        kept = ""
        try:
            text = io.TextIOWrapper(binary, encoding=_encoding(binary), errors="replace", newline="\n")
            while read := text.read(BLOCK):
                whole, kept = _cut(kept + read)
                if whole:
                    yield _plain(whole)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DatasetError(f"a gzip log must be whole; got '{error}'", file=log) from None
        if kept:
            yield _plain(kept)


def _cut(text: str) -> tuple[str, str]:
    end = text.rfind("\n") + 1
    if not end and len(text) > LONGEST_LINE:
        end = len(text)
    return text[:end], text[end:]


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return _COLOUR.sub("", text) if "\x1b" in text else text


@contextmanager
def _opened(log: str) -> Iterator[BinaryIO]:
    if log == STANDARD_INPUT:
        yield _decompressed(sys.stdin.buffer)
        return
    with Path(log).open("rb") as file:
        yield _decompressed(file)


def _decompressed(file: BinaryIO) -> BinaryIO:
    if _head(file)[:2] == _GZIP:
        return io.BufferedReader(gzip.GzipFile(fileobj=file))
    return file


def _head(file: BinaryIO) -> bytes:
    assert isinstance(file, io.BufferedReader)
    return file.peek(3)[:3]


def _encoding(file: BinaryIO) -> str:
    head = _head(file)
    return next((encoding for bom, encoding in _BOMS.items() if head.startswith(bom)), "utf-8")
