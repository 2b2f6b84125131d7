"""What is looked at of a file to tell what it is."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from datatool.rows.readers import HEAD
from datatool.storage import is_file

_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A file before anything is read of it.

    Attributes:
        path: Where it lies.
        name: As it is called in messages.
        head: Its first bytes, unpacked where it is gzip; `HEAD` at most.
        is_packed: Whether it is gzip.
    """

    path: Path
    name: str
    head: bytes
    is_packed: bool

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Names of the members of a zip, the first thousand; none where it is none, or its end is missing."""
        import zipfile

        try:
            with zipfile.ZipFile(self.path) as archive:
                return tuple(archive.namelist()[:1_000])
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return ()


def look(path: Path, name: str, /) -> Seen | None:
    """The first bytes of a file; None where it is no file, cannot be opened, or is gzip that is torn at once.

    Those are refused by whoever reads it, with the reason.
    """
    if not is_file(str(path)):
        return None
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        is_packed = head.startswith(_GZIP)
        if is_packed:
            with gzip.open(path) as unpacked:
                head = unpacked.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return None
    return Seen(path=path, name=name, head=head, is_packed=is_packed)
