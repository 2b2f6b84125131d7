"""What a command was given, resolved into parts."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from datatool.rows._dataset_file import read_dataset_file
from datatool.rows._names import find_names
from datatool.rows._refuse import refuse_damaged
from datatool.rows._splits import SPLITS
from datatool.rows._spool import STDIN
from datatool.rows.readers import HEAD, READERS, Given, kind_of
from datatool.rows.text._bytes import open_bytes
from datatool.schemas import TRAIN, Dataset, DatasetError, Part, nearest

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
) -> Dataset:
    """Settle where rows come from.

    Args:
        dataset: A list, table, folder or dataset file; ``-`` is standard input; None where ``splits`` says all.
        splits: train, val or test -> list, table or folder.
        root: Where paths are opened; default: the folder of their list.
        names: File of `id name` lines.
        synthetic: `fnmatch` patterns; matching paths, as written, have the source "synthetic".
        columns: path, label, source or split -> the name of that column, in tables where names do not tell.

    Raises:
        DatasetError: If nothing is given, something does not exist, or class folders have no ids of their own.
    """
    base = Dataset(parts=()) if dataset is None else _whole(dataset)
    if TRAIN in splits and dataset is not None and any(part.split == TRAIN for part in base.parts):
        raise DatasetError(
            f"train must be given once; got '{dataset}' and --split train={splits[TRAIN]}",
            hint="join lists in a dataset.yaml",
        )
    named = tuple(dataclasses.replace(_part(path, split), is_split=True) for split, path in splits.items())
    parts = base.parts + named
    if not parts:
        raise DatasetError("a data set must be given; got none", hint="name a list, or --split NAME=PATH")
    if root is not None:
        parts = tuple(dataclasses.replace(part, root=Path(root)) for part in parts)
    if columns:
        parts = tuple(dataclasses.replace(part, columns=tuple(columns.items())) for part in parts)
    resolved = Dataset(
        parts=told_apart(parts),
        names=base.names if names is None else Path(names),
        select=base.select,
        synthetic=tuple(synthetic),
        command=_command(dataset, splits, root, names, synthetic, columns),
    )
    _refuse_invented_ids(resolved)
    if resolved.names is None:
        lists = [Path(part.path) for part in parts if part.path != STDIN and READERS[part.kind].class_names is None]
        resolved = dataclasses.replace(resolved, found_names=find_names(lists))
    return resolved


def told_apart(parts: tuple[Part, ...], /) -> tuple[Part, ...]:
    """One list given twice gets another spelling the second time: file and line must name one row."""
    seen: set[str] = set()
    made = []
    for part in parts:
        path = part.path
        while path in seen and not Path(path).is_fifo() and path != STDIN:
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


def _whole(dataset: str) -> Dataset:
    path = Path(dataset)
    if dataset != STDIN and path.is_dir() and (path / _DATASET_FILE).is_file():
        path = path / _DATASET_FILE
    if dataset != STDIN and path.suffix.lower() in (".yaml", ".yml"):
        _must_exist(path)
        return read_dataset_file(path)
    return Dataset(parts=(_part(dataset, TRAIN),))


def _part(path: str, split: str) -> Part:
    if split not in SPLITS:
        near = nearest(split, SPLITS)
        raise DatasetError(
            f"split must be train, val or test; got '{split}'", hint=None if near is None else f"did you mean '{near}'?"
        )
    if path == STDIN:
        return Part(kind="list", path=STDIN, root=Path(), split=split)
    with refuse_damaged(path):
        kind = kind_of(_given(Path(path)))
    return Part(kind=kind, path=path, root=Path(path) if READERS[kind].is_root else Path(path).parent, split=split)


def _given(path: Path) -> Given:
    _must_exist(path)
    if path.is_dir() or path.is_fifo():
        return Given(path=path, is_folder=path.is_dir(), head=b"")
    with open_bytes(path) as stream:
        return Given(path=path, is_folder=False, head=stream.read(HEAD))


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise DatasetError(f"data set must exist; got '{path}'")


def _refuse_invented_ids(dataset: Dataset) -> None:
    named = [part.path for part in dataset.parts if READERS[part.kind].class_names is not None]
    if dataset.names is None and named and len({part.kind for part in dataset.parts}) > 1:
        raise DatasetError(
            f"class folders joined to a list must have their ids from a names file; got none for '{named[0]}'",
            hint="give --names FILE, or names: in the dataset file, with `id name` lines",
        )
