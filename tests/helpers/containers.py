"""Tars and zips of pictures, written by the libraries that people write them with."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.helpers.pictures import jpeg


def write_tar(path: Path, files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], **options: Any) -> Path:
    """A tar with these files, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", **options) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def write_zip(path: Path, files: Mapping[str, bytes], *, how: int = zipfile.ZIP_STORED) -> Path:
    """A zip with these files, in order."""
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def named_pictures(count: int = 20, *, classes: int = 3) -> dict[str, bytes]:
    """name -> JPEG; the names lie in folders of their classes, small classes last."""
    found = {}
    for number in range(count):
        label = min(number * 2 // count, classes - 1) if number % 5 else classes - 1
        found[f"c{label}/{number:03d}.jpg"] = jpeg(number, width=60 + number, height=48)
    return dict(sorted(found.items()))


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The same as files, with a list of their classes; returns the list."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    listed = folder / "list.txt"
    listed.write_text("".join(f"{name} {name[1]}\n" for name in files))
    return listed
