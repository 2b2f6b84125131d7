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
from datatool.rows.remote import files_below
from datatool.rows.text._grammar import IMAGE_EXTENSIONS
from datatool.schemas import DatasetError, Part, is_url

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
    below = files_below(part.path) if is_url(part.path) else None
    classes = _class_folders(path) if below is None else _class_prefixes(below, part.path)

    def batches(remarks: Remarks) -> Iterator[Any]:
        files = _files(path, classes) if below is None else _of_classes(below, classes)
        rows = _rows(path, files, options.ids, remarks, is_local=below is None)
        for some in iter(lambda: list(itertools.islice(rows, _BATCH)), []):
            yield rows_batch(some)

    return OpenedPart(part=part, batches=batches, class_names=classes, folders=classes)


def _files(path: Path, classes: list[str]) -> Iterator[tuple[str, str]]:
    """Class and relative path of every file."""
    for name in classes:
        for folder, folders, files in os.walk(path / name):
            folders[:] = sorted(inner for inner in folders if not _is_junk(inner))
            for file in sorted(files):
                yield name, Path(folder, file).relative_to(path).as_posix()


def _class_prefixes(below: list[str], url: str) -> list[str]:
    """The same as `_class_folders` of the names below a prefix of a bucket."""
    names = sorted({name.partition("/")[0] for name in below if "/" in name})
    names = [name for name in names if not _is_junk(name)]
    if not names:
        raise DatasetError("folder must hold one folder per class; got none", file=url)
    return names


def _of_classes(below: list[str], classes: list[str]) -> Iterator[tuple[str, str]]:
    known = set(classes)
    for relative in below:
        name, *folders, _ = relative.split("/") if "/" in relative else ("", "")
        if name in known and not any(map(_is_junk, folders)):
            yield name, relative


def _rows(
    path: Path, found: Iterator[tuple[str, str]], ids: Mapping[str, int], remarks: Remarks, *, is_local: bool
) -> Iterator[tuple[str, int, int]]:
    line = 0
    for name, relative in found:
        line += 1
        shown = _shown(relative)
        if (reason := why_skipped(relative.rpartition("/")[2])) is not None:
            remarks.note("I211", reason, line=line, text=shown)
        elif shown != relative:
            remarks.faults.append(("E106", line, shown, "the file name is not UTF-8"))
        else:
            yield relative, ids[name], line
    if is_local:
        _note_others(path, line, remarks)


def _note_others(path: Path, line: int, remarks: Remarks) -> None:
    """Say what lies beside the class folders."""
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
    if is_url(part.path):
        return enumerate((name for name in files_below(part.path) if names_image(name)), start=1)
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
