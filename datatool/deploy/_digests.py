"""Digests of a model folder's files, so that a torn or exchanged one is seen before it predicts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from datatool.errors import CheckpointError

DIGESTS: Final = "SHA256SUMS"  # `sha256sum -c SHA256SUMS` reads it too


def write_digests(folder: Path, names: Iterable[str], /) -> None:
    """Note what the files are."""
    lines = [f"{_digest(folder / name)}  {name}\n" for name in names]
    (folder / DIGESTS).write_text("".join(lines), encoding="utf-8")


def check_digests(folder: Path, /) -> None:
    """Compare the files with what was noted when they were written, if it was.

    Raises:
        CheckpointError: If one is missing or another one.
    """
    file = folder / DIGESTS
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        digest, _, name = line.partition("  ")
        if not (folder / name).is_file():
            raise CheckpointError(f"a model folder must hold '{name}'; got '{folder}' without")
        if _digest(folder / name) != digest:
            raise CheckpointError(
                f"'{name}' must be the file that was exported; got another digest, it is torn or was changed",
                file=folder / name,
                hint="copy the folder again, or make it again with datatool export RUN -o DIR",
            )


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
