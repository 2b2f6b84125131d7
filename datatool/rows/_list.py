"""List text, `path label` per line."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datatool.rows._block import parse_block
from datatool.rows._bytes import BLOCK, UTF8_BOM, line_blocks, open_bytes
from datatool.rows._grammar import SEPARATOR_NAMES
from datatool.rows._reading import Reading, Remarks
from datatool.rows._sniff import SAMPLE, sniff_separator
from datatool.schemas import Part

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_list(part: Part, /, *, path: Path, block: int = BLOCK) -> Reading:
    """How a list is read; its separator is decided now.

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

    def batches(remarks: Remarks) -> Iterator[Any]:
        with open_bytes(path) as stream:
            yield from _batches(line_blocks(stream, file=part.path, size=block), separator, remarks)

    return Reading(part=part, batches=batches, separator=SEPARATOR_NAMES[separator] if first.strip() else None)


def _sample(first: bytes) -> list[str]:
    head = first.removeprefix(UTF8_BOM)[: 1 << 20].split(b"\n")
    return [line.decode(errors="replace").rstrip("\r") for line in head if line.strip()][:SAMPLE]


def _batches(blocks: Iterator[bytes], separator: str, remarks: Remarks) -> Iterator[Any]:
    first = next(blocks, b"")
    if first.startswith(_UTF16):
        remarks.faults.append(("E106", 1, "", "the file is UTF-16: iconv -f UTF-16 -t UTF-8"))
        return
    if first.startswith(UTF8_BOM):
        first = first[len(UTF8_BOM) :]
        text = first.split(b"\n", 1)[0].decode(errors="backslashreplace").rstrip("\r")
        remarks.note("I109", "byte order mark", line=1, text=text)
    line = 1
    for data in itertools.chain([first] if first else [], blocks):
        found, lines = parse_block(data, separator=separator, first_line=line, remarks=remarks)
        yield from found
        line += lines
