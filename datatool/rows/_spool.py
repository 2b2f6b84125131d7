"""Where a part's bytes lie: in its own file, or, of what comes through a pipe or from memory, in a copy."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from pathlib import Path
from typing import IO, Final

from datatool.rows._refuse import refuse_damaged
from datatool.rows.readers import HEAD, READERS, Given
from datatool.rows.text._bytes import open_bytes
from datatool.schemas import DatasetError, Part

STDIN: Final = "-"


def file_of(part: Part, folder: Path, /) -> Path:
    """The file to read a part from: its own, or under ``folder`` what came through standard input or a pipe."""
    if part.spooled is not None:
        return part.spooled
    path = Path(part.path)
    if part.path == STDIN:
        return _spool(folder, sys.stdin.buffer, part.path)
    if path.is_fifo():
        with path.open("rb") as pipe:
            return _spool(folder, pipe, part.path)
    return path


def as_piped(part: Part, path: Path, /) -> Part:
    """A part that came through a pipe, whose kind its first bytes tell only now; no container of images is read."""
    if path == Path(part.path) or part.kind != "list":
        return part
    with refuse_damaged(part.path), open_bytes(path) as stream:
        given = Given(path=Path(part.path), is_folder=False, head=stream.read(HEAD))
    kinds = (kind for kind, reader in reversed(READERS.items()) if not reader.holds_images and reader.recognises(given))
    return dataclasses.replace(part, kind=next(kinds))


def _spool(folder: Path, stream: IO[bytes], name: str) -> Path:
    """A pipe as a file, since rows may be read in more than one pass."""
    path = folder / f"pipe{name.replace('/', '_')}"
    if path.exists():
        raise DatasetError(f"a pipe must be named once; got {name} twice")
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return path
