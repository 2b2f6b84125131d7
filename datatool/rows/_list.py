"""List text, `path label` per line, into the tables."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

from datatool.rows._grammar import SEPARATOR_NAMES, Fault, Parsed, parse_line
from datatool.rows._sniff import SAMPLE, sniff_separator
from datatool.schemas import REAL, ListedFile, Part


def read_list(connection: Any, part: Part, /) -> ListedFile:
    """Read a list into ``rows`` and ``faults``."""
    import pyarrow as pa

    data = sys.stdin.buffer.read() if part.path == "-" else Path(part.path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    lines = [raw.removesuffix(b"\r") for raw in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    texts = [raw.decode("utf-8", "replace") for raw in lines]
    separator = sniff_separator([text for text in texts if text.strip()][:SAMPLE])
    rows: list[tuple[str, int, int]] = []
    faults: list[tuple[str, int, str, str]] = []
    for number, text in enumerate(texts, start=1):
        parsed = parse_line(text, separator=separator)
        if isinstance(parsed, Parsed):
            rows.append((parsed.path, parsed.label, number))
        elif isinstance(parsed, Fault):
            faults.append((parsed.code, number, text, parsed.reason))
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(("path", "label", "line"))})
    connection.register("batch", table)
    connection.execute(
        "INSERT INTO rows SELECT path, label, ?, ?, ?, ?, line FROM batch",
        [part.source or REAL, part.split, str(part.root), part.path],
    )
    connection.unregister("batch")
    if faults:
        connection.executemany(
            "INSERT INTO faults VALUES (?, ?, ?, ?, ?)", [(code, part.path, *rest) for code, *rest in faults]
        )
    return ListedFile(path=part.path, split=part.split, rows=len(rows), separator=SEPARATOR_NAMES[separator])
