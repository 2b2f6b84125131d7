"""Folders that are no data set."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.rows._pictures import names_image
from datatool.rows._splits import split_of

_LISTS: Final = (".txt", ".csv", ".tsv", ".parquet", ".jsonl", ".arrow")
_TABLES: Final = tuple(f"{ending}{packed}" for ending in _LISTS if ending != ".txt" for packed in ("", ".gz"))
_MOST_FOLDERS: Final = 10  # that are looked into: a data set has more classes than a clone has folders of tables
_ARCHIVES: Final = (".tar", ".tgz", ".gz", ".zip", ".tfrecord", ".tfrecords", ".rec", ".7z", ".rar")
_MOST_LOOKED_AT: Final = 1_000  # names in a folder; which ones does not matter


@dataclass(frozen=True, kw_only=True)
class Inside:
    """What lies in a folder.

    Attributes:
        path: The folder.
        folders: Names of folders in it.
        files: Names of files in it, sorted; hidden ones left out.
    """

    path: Path
    folders: frozenset[str]
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ForeignFolder:
    """One kind of folder; see `Foreign`. The way on is made from what lies inside."""

    noun: str
    tells: Callable[[Inside], bool]
    way_on: Callable[[Inside], str]


def look_inside(path: Path, /) -> Inside:
    """The first thousand names, folders and files apart."""
    folders, files = set(), []
    with os.scandir(path) as entries:
        for entry, _ in zip(entries, range(_MOST_LOOKED_AT), strict=False):
            if entry.is_dir():
                folders.add(entry.name)
            elif not entry.name.startswith("."):
                files.append(entry.name)
    return Inside(path=path, folders=frozenset(folders), files=tuple(sorted(files)))


def _has(*files: str) -> Callable[[Inside], bool]:
    return lambda inside: all(name in inside.files for name in files)


def _says(text: str) -> Callable[[Inside], str]:
    return lambda inside: text.format(folder=shlex.quote(str(inside.path)))


def _is_plan(inside: Inside) -> bool:
    from datatool.schemas import PLAN_FILE  # with all that a plan is made of, which most data sets never need

    return _has(PLAN_FILE, "index.arrow")(inside)


def _is_run(inside: Inside) -> bool:
    return "recipe.yaml" in inside.files and ("metrics.jsonl" in inside.files or "checkpoints" in inside.folders)


def _is_yolo(inside: Inside) -> bool:
    return {"images", "labels"} <= inside.folders and _holds(inside.path / "labels", ".txt")


def _is_coco(inside: Inside) -> bool:
    return "annotations" in inside.folders and _holds(inside.path / "annotations", ".json")


def _holds(folder: Path, ending: str) -> bool:
    """Whether a folder, or one in it, holds a file of this ending."""
    found = look_inside(folder)
    inner = [look_inside(folder / name) for name in sorted(found.folders)[:3]]
    return any(name.lower().endswith(ending) for one in (found, *inner) for name in one.files)


def _lists_in(inside: Inside) -> list[str]:
    return [name for name in inside.files if name.lower().removesuffix(".gz").endswith(_LISTS)]


def _is_of_lists(inside: Inside) -> bool:
    return bool(_lists_in(inside)) and not inside.folders and not any(map(names_image, inside.files))


def _holds_tables(inside: Inside) -> bool:
    """Whether every folder inside holds tables and nothing else, as a clone of Hugging Face's hub does in `data`."""
    names = sorted(name for name in inside.folders if not name.startswith("."))
    if len(names) > _MOST_FOLDERS or not all(os.access(inside.path / name, os.R_OK | os.X_OK) for name in names):
        return False
    folders = [look_inside(inside.path / name) for name in names]
    return (
        bool(folders)
        and all(map(_is_of_lists, folders))
        and all(name.lower().endswith(_TABLES) for one in folders for name in _lists_in(one))
        and not any(map(names_image, inside.files))
    )


def _name_tables(inside: Inside) -> str:
    return _name_lists(next(look_inside(inside.path / name) for name in sorted(inside.folders) if name[0] != "."))


def _name_lists(inside: Inside) -> str:
    """The command that takes the lists of a folder, each for the split that its name tells."""
    lists = _lists_in(inside)
    splits: dict[str, list[str]] = {}
    for name in lists:
        split = split_of(re.split("[._-]", name)[0])
        if split is not None:
            splits.setdefault(split, []).append(name)
    if not splits:
        return f"name the list itself: datatool audit {shlex.quote(str(inside.path / lists[0]))}"
    given = [
        f"--split {split}={shlex.quote(str(inside.path / _pattern(names)))}" for split, names in sorted(splits.items())
    ]
    return f"name the lists themselves: datatool audit {' '.join(given)}"


def _pattern(names: list[str]) -> str:
    """One name, or what several begin and end with."""
    if len(names) == 1:
        return names[0]
    begin, end = _beginning(names), _beginning([name[::-1] for name in names])[::-1]
    return f"{begin}*{end}"


def _beginning(names: list[str]) -> str:
    """What all names begin with."""
    equal = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in equal)


def _is_of_archives(inside: Inside) -> bool:
    return bool(inside.files) and not inside.folders and all(name.endswith(_ARCHIVES) for name in inside.files)


FOREIGN_FOLDERS: Final = (
    ForeignFolder(
        noun="a plan",
        tells=_is_plan,
        way_on=_says("train on it by data: {{train: {folder}}} in a recipe, or give the list that it was made from"),
    ),
    ForeignFolder(
        noun="a run",
        tells=_is_run,
        way_on=_says("measure it with datatool evaluate {folder}, or give the list that it was trained on"),
    ),
    ForeignFolder(
        noun="an audit",
        tells=_has("audit.json"),
        way_on=_says("give the list that was audited; balance takes this folder as --findings {folder}"),
    ),
    ForeignFolder(
        noun="an exported model",
        tells=_has("model.meta.json"),
        way_on=_says("predict with it: datatool predict {folder} DATASET"),
    ),
    ForeignFolder(
        noun="an LMDB database",
        tells=_has("data.mdb"),
        way_on=_says("write its images as files, with a list of `path label` lines, by lmdb.open"),
    ),
    ForeignFolder(
        noun="a data set of detection (YOLO)",
        tells=_is_yolo,
        way_on=_says("write a list of `path label` lines, with the one class of each picture"),
    ),
    ForeignFolder(
        noun="a data set of detection (Pascal VOC)",
        tells=lambda inside: {"Annotations", "JPEGImages"} <= inside.folders,
        way_on=_says("write a list of `path label` lines, with the one class of each picture"),
    ),
    ForeignFolder(
        noun="a data set of detection (COCO)",
        tells=_is_coco,
        way_on=_says("write a list of `path label` lines, with the one class of each picture"),
    ),
    ForeignFolder(noun="a folder of lists", tells=_is_of_lists, way_on=_name_lists),
    ForeignFolder(noun="a folder of tables one folder further down", tells=_holds_tables, way_on=_name_tables),
    ForeignFolder(
        noun="a folder of archives",
        tells=_is_of_archives,
        way_on=_says("unpack them into class folders, and give the folder above"),
    ),
)
"""The first that tells a folder names it."""
