"""One path that stands for several inputs: a pattern, a folder of splits, a folder with a table, saved data sets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from datatool.rows._expand import expanded, is_pattern
from datatool.rows._pictures import JUNK_FOLDERS
from datatool.rows._splits import split_of
from datatool.rows.remote import listed, local_copy
from datatool.schemas import DatasetError, Kind, is_url
from datatool.storage import exists, is_container_name

_TABLES: Final[dict[str, Kind]] = {"metadata.csv": "csv", "metadata.jsonl": "jsonl", "metadata.parquet": "parquet"}
_SAVED: Final = "state.json"  # of Dataset.save_to_disk
_SAVED_SPLITS: Final = "dataset_dict.json"  # of DatasetDict.save_to_disk


@dataclass(frozen=True, kw_only=True)
class Found:
    """One input.

    Attributes:
        path: Of the file or folder.
        kind: What it is, where that is known; else it is to be told from the path.
        split: train, val or test, where folders say it.
    """

    path: str
    kind: Kind | None = None
    split: str | None = None


def spread(path: str, /, *, is_split: bool) -> tuple[Found, ...]:
    """Every input that a path stands for.

    Args:
        path: Of a file or folder, or a pattern where nothing has it for a name: ``*``, ``?``, ``[...]``, and ``**`` for
            any number of folders, ``{000..012}`` for numbers.
        is_split: Whether a user said which split it is, so that it must not hold several.

    Raises:
        DatasetError: If a pattern matches nothing, or a folder says that it holds what it does not.
    """
    if is_pattern(path):
        matched = expanded(path)
        return tuple(
            found
            for one in matched
            for found in (_at_url(one, is_split=is_split) if is_url(one) else _at(Path(one), one, is_split=is_split))
        )
    if is_url(path):
        return tuple(_at_url(path, is_split=is_split))
    return tuple(_at(Path(path), path, is_split=is_split))


def _at(folder: Path, path: str, *, is_split: bool) -> Iterator[Found]:
    if not folder.is_dir():
        yield Found(path=path)
        return
    if (folder / _SAVED_SPLITS).is_file():
        names = _json(folder / _SAVED_SPLITS).get("splits")
        yield from _splits(folder, names if isinstance(names, list) else [], is_split=is_split)
        return
    held = _tables(folder)
    if held:
        yield from ([replace(one, split=None) for one in held] if is_split else held)
        return
    names = _split_folders(folder)
    if names and not is_split:
        yield from _splits(folder, names, is_split=False)
    else:
        yield Found(path=path)


def _at_url(url: str, *, is_split: bool) -> Iterator[Found]:
    """The inputs that a URL stands for: an object, or a prefix with a table or folders of splits below it."""
    if is_container_name(url) or exists(url):
        yield Found(path=url)
        return
    url = url.rstrip("/")
    folders, files = listed(url) if not url.startswith("http") else ([], [])
    if not folders and not files:
        raise DatasetError(f"data set must exist; got '{url}'")
    if _SAVED_SPLITS in files:
        given = _json(local_copy(f"{url}/{_SAVED_SPLITS}", what="a saved data set")).get("splits")
        yield from _splits_at_url(url, given if isinstance(given, list) else [], is_split=is_split)
        return
    if _SAVED in files:
        state = _json(local_copy(f"{url}/{_SAVED}", what="a saved data set"))
        yield from _saved(state, url, is_split=is_split)
        return
    held = [Found(path=f"{url}/{name}", kind=kind) for name, kind in _TABLES.items() if name in files]
    splits = [name for name in folders if name not in JUNK_FOLDERS and not name.startswith(".")]
    if len(held) == 1:
        yield held[0]
    elif splits and not is_split and all(map(split_of, splits)):
        yield from _splits_at_url(url, splits, is_split=False)
    else:
        yield Found(path=url, kind="folder")


def _splits_at_url(url: str, names: list[Any], *, is_split: bool) -> Iterator[Found]:
    _check_splits(url, names, is_split=is_split)
    for name in names:
        yield from (replace(one, split=split_of(name)) for one in _at_url(f"{url}/{name}", is_split=True))


def _saved(state: dict[str, Any], folder: str, *, is_split: bool) -> list[Found]:
    """The files of a saved data set; a part of a split keeps the split's name there: a user's word stands above it."""
    names = [str(file.get("filename")) for file in state.get("_data_files") or () if isinstance(file, dict)]
    split = None if is_split else split_of(str(state.get("_split")))
    return [Found(path=f"{folder}/{name}", kind="arrow", split=split) for name in names]


def _tables(folder: Path) -> list[Found]:
    """The tables of a folder that say what is in it; none where it is a folder of classes."""
    if (folder / _SAVED).is_file():
        found = _saved(_json(folder / _SAVED), str(folder), is_split=False)
        if found:
            return found
    named = [Found(path=str(folder / name), kind=kind) for name, kind in _TABLES.items() if (folder / name).is_file()]
    if len(named) > 1:
        shown = " and ".join(os.path.basename(one.path) for one in named)
        raise DatasetError(
            f"a folder must have one table of its pictures; got {shown}", file=folder, hint=f"name one: {named[0].path}"
        )
    return named


def _split_folders(folder: Path) -> list[str]:
    """Names of the folders inside, where all are those of splits and each holds folders or a table.

    Raises:
        DatasetError: If several are, and others lie beside them: the splits would be read as classes.
    """
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if entry.is_dir() and not entry.name.startswith(".") and entry.name not in JUNK_FOLDERS
        )
    splits = [name for name in names if split_of(name) and (_has_folders(folder / name) or _tables(folder / name))]
    others = [name for name in names if split_of(name) is None]
    if len({split_of(name) for name in splits}) > 1 and others:
        raise DatasetError(
            f"a folder of splits must hold no other folders; got '{others[0]}' beside {', '.join(splits)}",
            file=folder,
            hint=" ".join(f"--split {split_of(name)}={folder / name}" for name in splits),
        )
    return splits if len(splits) == len(names) else []


def _has_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.is_dir() for entry in entries)


def _splits(folder: Path, names: list[Any], *, is_split: bool) -> Iterator[Found]:
    """The inputs of every split of a folder."""
    _check_splits(folder, names, is_split=is_split)
    for name in names:
        inside = folder / name
        for one in _tables(inside) or [Found(path=str(inside))]:
            yield replace(one, split=split_of(name))


def _check_splits(folder: Path | str, names: list[Any], *, is_split: bool) -> None:
    unknown = [name for name in names if not isinstance(name, str) or split_of(name) is None]
    if not names or unknown or is_split:
        options = " ".join(f"--split train={folder}/{name}" for name in names[:1])
        raise DatasetError(
            f"a folder of splits must be given as DATASET and hold train, val or test; got "
            f"{', '.join(map(str, names)) or 'none'}",
            file=folder,
            hint=f"name the folder of each split, such as {options}" if options else None,
        )


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DatasetError("the description of a saved data set must be a JSON object; got something else", file=file)
    return found
