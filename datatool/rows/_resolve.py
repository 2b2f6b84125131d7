"""What a command was given, resolved into parts."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from datatool.rows._dataset_file import read_dataset_file
from datatool.rows._default_root import default_root, names_place, root_place, spooled_copy
from datatool.rows._expand import is_pattern
from datatool.rows._refuse import refuse_damaged
from datatool.rows._splits import SPLITS
from datatool.rows._spool import STDIN
from datatool.rows._spread import spread
from datatool.rows.names._file import find_names
from datatool.rows.readers import COMPRESSED_TARS, HEAD, READERS, Given, kind_of
from datatool.rows.remote import local_copy, object_copy, refuse_odd_url
from datatool.rows.text._bytes import open_bytes
from datatool.schemas import TRAIN, Dataset, DatasetError, Kind, Part, is_url, nearest
from datatool.storage import exists, is_container_name, is_table_name

_LOG: Final = logging.getLogger("datatool.rows")
_DATASET_FILE: Final = "dataset.yaml"


def resolve(
    dataset: str | None,
    /,
    *,
    splits: Mapping[str, str] = {},
    root: str | Path | None = None,
    names: str | Path | None = None,
    synthetic: Sequence[str] = (),
    columns: Mapping[str, str] = {},
    spooled: Mapping[str, Path] = {},
    unpack: Callable[[str], str] | None = None,
) -> Dataset:
    """Settle where rows come from.

    Args:
        dataset: A list, table, folder or dataset file; ``-`` is standard input; None where ``splits`` says all.
        splits: train, val or test -> list, table or folder.
        root: Where paths are opened; default: the folder of their list.
        names: File of `id name` lines.
        synthetic: `fnmatch` patterns; matching paths, as written, have the source "synthetic".
        columns: path, label, source or split -> the name of that column, in tables where names do not tell.
        spooled: Name of a data set that came from memory -> the Parquet file that holds it. Its paths are opened in
            the current folder unless ``root`` says otherwise.
        unpack: Container -> one like it that can be read in place, for those who only read once.

    Raises:
        DatasetError: If nothing is given, something does not exist, or class folders have no ids of their own.
    """
    base = Dataset(parts=()) if dataset is None else _whole(dataset, spooled)
    for split, path in splits.items():
        if any(part.split == split for part in base.parts):
            raise DatasetError(
                f"{split} must be given once; got '{dataset}' and --split {split}={path}",
                hint="join lists in a dataset.yaml",
            )
    parts = base.parts + tuple(
        part for split, path in splits.items() for part in _parts(path, split, spooled, is_split=True)
    )
    if not parts:
        raise DatasetError("a data set must be given; got none", hint="name a list, or --split NAME=PATH")
    if root is not None:
        parts = _below(root, parts)
    if unpack is not None:
        parts = tuple(_unpacked(part, unpack) for part in parts)
    if columns:
        parts = tuple(dataclasses.replace(part, columns=tuple(columns.items())) for part in parts)
    resolved = Dataset(
        parts=told_apart(parts),
        names=base.names if names is None else names_place(names),
        select=base.select,
        synthetic=tuple(synthetic),
        file=base.file if root is None else None,
        command=_command(dataset, splits, root, names, synthetic, columns),
    )
    _refuse_invented_ids(resolved)
    if resolved.names is None:
        lists = [
            Path(part.path)
            for part in parts
            if part.path != STDIN and part.spooled is None and not is_url(part.path) and not READERS[part.kind].is_named
        ]
        resolved = dataclasses.replace(resolved, found_names=find_names(lists))
    return resolved


def _below(root: str | Path, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Lists and tables whose paths are opened under a root; what holds its images stays as it is, and that is said."""
    if all(READERS[part.kind].holds_images for part in parts):
        _LOG.warning("the root '%s' has no use: shards and zips hold their images themselves", root)
        return parts
    place = root_place(root)
    return tuple(part if READERS[part.kind].holds_images else dataclasses.replace(part, root=place) for part in parts)


def _unpacked(part: Part, unpack: Callable[[str], str]) -> Part:
    """A part whose root, where that is a file, can be read in place; its own name stays for people."""
    root = str(part.root)
    if not ((READERS[part.kind].holds_images or is_table_name(root)) if is_url(root) else os.path.isfile(root)):
        return part
    place = unpack(root)
    return part if place == root else dataclasses.replace(part, root=Path(place))


def told_apart(parts: tuple[Part, ...], /) -> tuple[Part, ...]:
    """One list given twice gets another spelling the second time: file and line must name one row."""
    seen: set[str] = set()
    made = []
    for part in parts:
        path = part.path
        while path in seen and not Path(path).is_fifo() and path != STDIN:
            if is_url(path):
                raise DatasetError(f"an object must be given once; got '{path}' twice")
            path = f"/.{path}" if path.startswith("/") else f"./{path}"
        seen.add(path)
        made.append(dataclasses.replace(part, path=path))
    return tuple(made)


def _command(
    dataset: str | None,
    splits: Mapping[str, str],
    root: str | Path | None,
    names: str | Path | None,
    synthetic: Sequence[str],
    columns: Mapping[str, str],
) -> str:
    """The arguments that name this data set on a command line."""
    words = [] if dataset is None else [dataset]
    for split, path in splits.items():
        words += ["--split", f"{split}={path}"]
    for option, value in (("--root", root), ("--names", names)):
        words += [] if value is None else [option, str(value)]
    for pattern in synthetic:
        words += ["--synthetic", pattern]
    for role, name in columns.items():
        words += [f"--{role}-column", name]
    return shlex.join(words)


def _whole(dataset: str, spooled: Mapping[str, Path]) -> Dataset:
    if not dataset:
        raise DatasetError("a data set must be named; got an empty name", hint="this folder is called '.'")
    if dataset in spooled:
        return Dataset(parts=_parts(dataset, TRAIN, spooled, is_split=False))
    refuse_odd_url(dataset)
    if is_url(dataset):
        return _whole_url(dataset, spooled)
    path = Path(dataset)
    if dataset != STDIN and path.is_dir() and (path / _DATASET_FILE).is_file():
        path = path / _DATASET_FILE
    if dataset != STDIN and path.suffix.lower() in (".yaml", ".yml"):
        _must_exist(path)
        return read_dataset_file(path)
    return Dataset(parts=_parts(dataset, TRAIN, spooled, is_split=False))


def _whole_url(url: str, spooled: Mapping[str, Path]) -> Dataset:
    """A dataset file on a bucket, also by its folder; else whatever is there."""
    inside = f"{url.rstrip('/')}/{_DATASET_FILE}"
    if url.lower().endswith((".yaml", ".yml")):
        return read_dataset_file(local_copy(url, what="a dataset file"), url=url)
    if names_no_file(url) and exists(inside):
        return read_dataset_file(local_copy(inside, what="a dataset file"), url=inside)
    return Dataset(parts=_parts(url, TRAIN, spooled, is_split=False))


def names_no_file(url: str) -> bool:
    """Whether the last part of a URL has no ending, as folders have none."""
    return "." not in url.rstrip("/").rpartition("/")[2] and not is_pattern(url)


def _parts(path: str, split: str, spooled: Mapping[str, Path], *, is_split: bool) -> tuple[Part, ...]:
    """Every input that a path stands for."""
    if split not in SPLITS:
        near = nearest(split, SPLITS)
        raise DatasetError(
            f"split must be train, val or test; got '{split}'", hint=None if near is None else f"did you mean '{near}'?"
        )
    if path in spooled:
        return (
            Part(kind="parquet", path=path, root=Path.cwd(), split=split, is_split=is_split, spooled=spooled[path]),
        )
    if path == STDIN:
        return (Part(kind="list", path=STDIN, root=Path(), split=split, is_split=is_split),)
    refuse_odd_url(path)
    found = spread(path, is_split=is_split)
    return tuple(_part(one.path, one.kind or _kind(one.path), one.split or split, is_split=is_split) for one in found)


def _part(path: str, kind: Kind, split: str, *, is_split: bool) -> Part:
    root = default_root(path, kind)
    return Part(kind=kind, path=path, root=root, split=split, is_split=is_split, spooled=spooled_copy(path, kind))


def _kind(path: str) -> Kind:
    with refuse_damaged(path):
        return _url_kind(path) if is_url(path) else kind_of(_given(Path(path)))


def _url_kind(url: str) -> Kind:
    """Containers by their names; of all else a copy tells."""
    if is_container_name(url) or url.lower().endswith(COMPRESSED_TARS):
        return "zip" if url.lower().endswith(".zip") else "shards"
    with open_bytes(object_copy(url, what="a data set")) as stream:
        return kind_of(Given(path=Path(url), is_folder=False, head=stream.read(HEAD)))


def _given(path: Path) -> Given:
    _must_exist(path)
    if path.is_dir() or path.is_fifo():
        return Given(path=path, is_folder=path.is_dir(), head=b"")
    with open_bytes(path) as stream:
        return Given(path=path, is_folder=False, head=stream.read(HEAD))


def _must_exist(path: Path) -> None:
    if not path.exists():
        near = nearest(path.name, _names_in(path.parent))
        hint = None if near is None else f"did you mean '{path.parent / near}'?"
        raise DatasetError(f"data set must exist; got '{path}'", hint=hint)


def _names_in(folder: Path) -> list[str]:
    """The first names of a folder, as many as are compared in no time."""
    return [file.name for file in itertools.islice(folder.iterdir(), 1_000)] if folder.is_dir() else []


def _refuse_invented_ids(dataset: Dataset) -> None:
    named = [part.path for part in dataset.parts if READERS[part.kind].is_named]
    if dataset.names is None and named and any(part.kind == "list" for part in dataset.parts):
        raise DatasetError(
            f"class folders joined to a list must have their ids from a names file; got none for '{named[0]}'",
            hint="give --names FILE, or names: in the dataset file, with `id name` lines",
        )
