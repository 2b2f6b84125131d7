"""A folder of class folders; a row's line is its number in sorted order."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from datatool.rows._pictures import JUNK_FOLDERS, names_image, pictures_below, why_skipped
from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows.readers._base import OpenedPart, PathLines, Reader, ReadOptions
from datatool.rows.text._grammar import IMAGE_EXTENSIONS
from datatool.schemas import DatasetError, Part

_BATCH: Final = 50_000
_SPLIT_NAMES: Final = {"train", "val", "valid", "validation", "test"}


def _class_folders(path: Path) -> list[str]:
    """Names of the class folders, sorted; hidden ones and those of programs are left out."""
    names = [name for name in _folders(path) if not _is_junk(name)]
    if not names:
        own = any(names_image(file) for file in os.listdir(path))
        hint = f"its images are of one class; give the folder above: {path.absolute().parent}" if own else None
        raise DatasetError("folder must hold one folder per class; got none", file=path, hint=hint)
    for name in names:
        if _shown(name) != name:
            raise DatasetError(f"the name of a class folder must be UTF-8; got '{_shown(name)}'", file=path)
    if set(names) <= _SPLIT_NAMES:
        hint = " ".join(f"--split {_split_of(name)}={path / name}" for name in names)
        raise DatasetError(f"folder must hold class folders; got the splits {', '.join(names)}", file=path, hint=hint)
    return names


def _folders(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir())


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name in JUNK_FOLDERS


def _open(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    classes = _class_folders(path)

    def batches(remarks: Remarks) -> Iterator[Any]:
        rows = _rows(path, classes, options.ids, remarks)
        for some in iter(lambda: list(itertools.islice(rows, _BATCH)), []):
            yield rows_batch(some)

    return OpenedPart(part=part, batches=batches, class_names=classes, folders=classes)


def _rows(path: Path, classes: list[str], ids: Mapping[str, int], remarks: Remarks) -> Iterator[tuple[str, int, int]]:
    line = 0
    for name in classes:
        for folder, folders, files in os.walk(path / name):
            folders[:] = sorted(inner for inner in folders if not _is_junk(inner))
            for file in sorted(files):
                line += 1
                relative = Path(folder, file).relative_to(path).as_posix()
                shown = _shown(relative)
                if (reason := why_skipped(file)) is not None:
                    remarks.note("I211", reason, line=line, text=shown)
                elif shown != relative:
                    remarks.faults.append(("E106", line, shown, "the file name is not UTF-8"))
                else:
                    yield relative, ids[name], line
    for name in _folders(path):
        if name in JUNK_FOLDERS:
            remarks.note("I211", "folders of programs, which are no classes", line=line, text=f"{name}/")
    for file in _beside(path):
        line += 1
        remarks.note("I109", "images beside the class folders, left out", line=line, text=_shown(file))


def _beside(path: Path) -> list[str]:
    """Names of the images that lie in no class folder, sorted."""
    with os.scandir(path) as entries:
        files = [entry.name for entry in entries if entry.is_file()]
    return sorted(file for file in files if file.rpartition(".")[2].lower() in IMAGE_EXTENSIONS and file[0] != ".")


def _shown(name: str) -> str:
    """A file name as text; bytes that are not UTF-8 escaped."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _split_of(name: str) -> str:
    return "val" if name.startswith("val") else name


def _paths(part: Part, _: Path) -> PathLines:
    return enumerate(pictures_below(Path(part.path).absolute()), start=1)


FOLDER: Final = Reader(
    kind="folder",
    help="a folder of class folders",
    title="a folder",
    text="one folder per class; ids from `--names`, else from the sorted folder names, which are stated",
    recognises=lambda given: given.is_folder,
    open=_open,
    paths=_paths,
    is_named=True,
    is_root=True,
)
