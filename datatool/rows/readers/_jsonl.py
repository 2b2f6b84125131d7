"""JSON lines: an object per line, whose keys are the columns of a table."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows.columns._roles import OPTIONAL_ROLES
from datatool.rows.readers._base import HEAD, Given, OpenedPart, PathLines, Reader, ReadOptions
from datatool.rows.readers._chunks import Chunk
from datatool.rows.readers._json_text import UnseenKeysError, json_chunks
from datatool.rows.readers._table import Places, Table, open_table, table_paths
from datatool.rows.text._ahead import ahead
from datatool.rows.text._bytes import UTF8_BOM, LineFinder, line_blocks, lines_below, open_bytes, text_encoding
from datatool.schemas import DatasetError, Part

_ENDINGS: Final = {".jsonl", ".ndjson", ".jsonlines"}
_BLOCK: Final = 4 << 20  # bytes parsed at once: smaller ones cost more calls than parsing
_AHEAD: Final = 4  # blocks parsed while earlier ones are looked at
_MOST_LINE: Final = 64 << 20  # bytes of a first line that may hold whatever else is known of an image
_SAMPLE: Final = 100  # lines that show which keys there are


def _recognises(given: Given) -> bool:
    """An object on the first line that is not blank, or the name over anything but nothing."""
    first = next((line for line in given.head.removeprefix(UTF8_BOM).split(b"\n") if line.strip()), None)
    if first is None:
        return False
    is_named = not _ENDINGS.isdisjoint(suffix.lower() for suffix in given.path.suffixes)
    return is_named or _object(first) is not None


def _object(line: bytes) -> dict[str, Any] | None:
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _open(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    more: list[Mapping[str, Any]] = []
    while True:
        try:
            return open_table(part, _table(part, path, more), options)
        except UnseenKeysError as error:  # the first rows say nothing of sources or splits, and later ones do
            more.append(error.found)


def _table(part: Part, path: Path, more: Sequence[Mapping[str, Any]] = ()) -> Table:
    """A table whose columns are the keys of the first lines, and of those that were found further on."""
    head = _head_of(path).split(b"\n")[:_SAMPLE]
    objects = [found for line in head if (found := _object(line)) is not None]
    objects += [dict(found) for found in more]
    names = list(dict.fromkeys(key for found in objects for key in found))
    if not names:
        raise DatasetError(
            f"JSON lines must hold an object per line; got '{head[0][:80].decode(errors='replace')}'",
            file=part.path,
            line=1,
        )

    def read(places: Places, remarks: Remarks) -> Iterator[Chunk]:
        keys = {role: names[at] for role, at in places.items()}
        unseen = _unseen(part, keys, names)
        for chunk, heard in ahead(_parsed(part, path, keys, objects, unseen), depth=_AHEAD):
            remarks.add(heard)
            yield chunk

    return Table(
        names=names,
        read=read,
        first=lambda: [[_flag(found.get(name)) for name in names] for found in objects],
        texts=lambda: LineFinder(_blocks(part, path)),
        is_parsed=True,
        encoding=text_encoding(path),
    )


def _unseen(part: Part, keys: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Keys, in lower case, that would be columns in use, and that no line has which was looked at."""
    if "label" not in keys or "path" not in keys:  # a pass over a column, not over rows
        return []
    known = {name.strip().lower() for name in names}
    return [role for role in OPTIONAL_ROLES if role not in known and role not in dict(part.columns)]


def _head_of(path: Path) -> bytes:
    """The first bytes of a file, as many as the first line has at least."""
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
        while b"\n" not in head and len(head) < _MOST_LINE and (more := stream.read(len(head))):
            head += more
    return head.removeprefix(UTF8_BOM)


def _parsed(
    part: Part, path: Path, keys: Mapping[str, str], objects: list[dict[str, Any]], unseen: Collection[str]
) -> Iterator[tuple[Chunk, Remarks]]:
    """Chunks with remarks of their own: another thread reads those of the pass."""
    line = 1
    for data in lines_below(_blocks(part, path), 0):
        heard = Remarks()
        chunk, lines = json_chunks(data, keys, objects, line, heard, unseen=unseen)
        yield chunk, heard
        line += lines


def _blocks(part: Part, path: Path) -> Iterator[bytes]:
    with open_bytes(path) as stream:
        yield from line_blocks(stream, file=part.path, size=_BLOCK)


def _flag(value: object) -> str:
    """A value as text where it may be one of a one-hot table."""
    return str(value).lower() if isinstance(value, bool | int | float) else "" if value is None else "text"


def _paths(part: Part, path: Path) -> PathLines:
    return table_paths(part, _table(part, path))


JSONL: Final = Reader(
    kind="jsonl",
    help="JSON lines",
    title="JSON lines",
    text="an object per line, its keys are the columns; `.jsonl`, or an object on the first line",
    recognises=_recognises,
    open=_open,
    paths=_paths,
    is_text=True,
)
