"""Digests of a model folder's files, so that a torn or exchanged one is seen before it predicts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from datatool.errors import CheckpointError


def digests_of(folder: Path, names: Iterable[str], /) -> dict[str, str]:
    """File -> BLAKE2b, hexadecimal."""
    return {name: _digest(folder / name) for name in names}


def check_digests(folder: Path, expected: Mapping[str, str], /) -> None:
    """Compare the files with what was noted when they were written.

    Raises:
        CheckpointError: If one is missing or another one.
    """
    for name, digest in expected.items():
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
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
