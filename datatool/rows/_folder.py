"""A folder of class folders; a row's line is its number in sorted order."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from datatool.rows._grammar import IMAGE_EXTENSIONS
from datatool.rows._reading import Reading, Remarks, rows_batch
from datatool.schemas import DatasetError, Part, nearest

_BATCH: Final = 50_000
_SPLIT_NAMES: Final = {"train", "val", "valid", "validation", "test"}


def class_folders(path: Path, /) -> list[str]:
    """Names of the class folders, sorted; hidden ones are left out.

    Raises:
        DatasetError: If there is none, or they are splits rather than classes.
    """
    with os.scandir(path) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    if not names:
        raise DatasetError("folder must hold one folder per class; got none", file=path)
    if set(names) <= _SPLIT_NAMES:
        hint = " ".join(f"--split {_split_of(name)}={path / name}" for name in names)
        raise DatasetError(f"folder must hold class folders; got the splits {', '.join(names)}", file=path, hint=hint)
    return names


def read_folder(part: Part, /, *, path: Path, ids: Mapping[str, int]) -> Reading:
    """How a folder of class folders is read.

    Args:
        part: The part.
        path: The folder.
        ids: Class name -> id.

    Raises:
        DatasetError: If a class folder has no id.
    """
    classes = class_folders(path)
    for name in classes:
        if name not in ids:
            near = nearest(name, ids)
            raise DatasetError(
                f"class folder must stand in the names file; got '{name}'",
                file=part.path,
                hint="add a line `id name` for it" if near is None else f"did you mean '{near}'?",
            )

    def batches(remarks: Remarks) -> Iterator[Any]:
        rows = _rows(path, classes, ids, remarks)
        for some in iter(lambda: list(itertools.islice(rows, _BATCH)), []):
            yield rows_batch(some)

    return Reading(part=part, batches=batches)


def _rows(path: Path, classes: list[str], ids: Mapping[str, int], remarks: Remarks) -> Iterator[tuple[str, int, int]]:
    line = 0
    for name in classes:
        for folder, folders, files in os.walk(path / name):
            folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
            for file in sorted(files):
                line += 1
                relative = Path(folder, file).relative_to(path).as_posix()
                extension = file.rpartition(".")[2].lower()
                if file.startswith(".") or extension not in IMAGE_EXTENSIONS:
                    remarks.note("I109", "files that are no images", line=line, text=relative)
                    continue
                try:
                    relative.encode()
                except UnicodeEncodeError:
                    shown = os.fsencode(relative).decode(errors="backslashreplace")
                    remarks.faults.append(("E106", line, shown, "the file name is not UTF-8"))
                    continue
                yield relative, ids[name], line


def _split_of(name: str) -> str:
    return "val" if name.startswith("val") else name
