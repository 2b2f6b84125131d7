"""`datatool.read`: what people have, as Data."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Final, SupportsIndex

from datatool.errors import DatasetError
from datatool.front._data import Data
from datatool.front._home import Home
from datatool.front._memory import is_path, splits_in, write_spool
from datatool.rows import names_text, resolve, split_of
from datatool.schemas import TRAIN, is_url
from datatool.storage import fetch_container

_MEMORY: Final = "<memory>"
Names = str | os.PathLike[str] | Sequence[str] | Mapping[int, str]


def read(
    source: Any = None,
    /,
    *,
    split: Mapping[str, Any] | None = None,
    root: str | os.PathLike[str] | None = None,
    names: Names | None = None,
    synthetic: str | Sequence[str] = (),
    path_column: str | None = None,
    label_column: str | None = None,
    source_column: str | None = None,
    split_column: str | None = None,
    fetch: str | os.PathLike[str] | None = None,
) -> Data:
    """Say where a data set is; nothing is read of files yet, and what is in memory is copied once.

    Args:
        source: A path of whatever the commands take as DATASET; or (paths, labels), lists or arrays; or a table of
            pandas, polars, pyarrow or anything with `__arrow_c_stream__`; or a mapping of columns; or a Hugging Face
            `Dataset` or `DatasetDict`. None where ``split`` says all.
        split: Further splits: train, val or test -> any of those.
        root: The folder that paths are relative to. Default: the folder of their list; for what is in memory the
            current folder, and absolute paths are then no finding.
        names: A file of `id name` lines; or class names in the order of their ids; or id -> name.
        synthetic: `fnmatch` patterns of paths that are synthetic.
        path_column: Column of a table with paths; default: by usual names, as `path` or `image`.
        label_column: The same for labels.
        source_column: The same for sources.
        split_column: The same for splits.
        fetch: A folder to which shards of buckets are copied once, to be read there.

    Raises:
        DatasetError: If nothing is given, it does not exist, or it is no data set.

    >>> read((["a.jpg", "b.jpg"], [0, 1])).audit().class_num
    2
    """
    roles = {"path": path_column, "label": label_column, "source": source_column, "split": split_column}
    columns = {role: name for role, name in roles.items() if name is not None}
    spools = _Spools(columns)
    parts = splits_in(source)
    if parts is None:
        main = None if source is None else spools.place(source, _MEMORY)
        splits: dict[str, str] = {}
    else:
        main, splits = None, {_split(name): spools.place(one, _named(name)) for name, one in parts.items()}
    for name, one in (split or {}).items():
        if name in splits:
            raise DatasetError(f"a split must be given once; got '{name}' twice")
        splits[name] = spools.place(one, _named(name))
    dataset = resolve(
        main,
        splits=splits,
        root=None if root is None else os.fspath(root),
        names=spools.names(names),
        synthetic=[synthetic] if isinstance(synthetic, str) else synthetic,
        columns=columns,
        spooled=spools.files,
        unpack=None if fetch is None else functools.partial(fetch_container, folder=Path(fetch)),
    )
    given = main if main is not None else splits.get(TRAIN, next(iter(splits.values())))
    return Data(dataset, given=given, keep=spools.home, is_rootless=bool(spools.files) and root is None)


def _named(split: str) -> str:
    return f"<memory: {split}>"


def _split(name: str) -> str:
    """A split by any of its usual names; another name is refused by `resolve`."""
    return split_of(name) or name


class _Spools:
    """What came from memory, in files of a temporary folder that is made when it is needed."""

    def __init__(self, columns: Mapping[str, str], /) -> None:
        self.home: Home | None = None
        self.files: dict[str, Path] = {}
        self._columns = columns

    def place(self, source: Any, name: str, /) -> str:
        """The path of a data set, or the name of one that was written to a file."""
        if is_path(source):
            return os.fsdecode(source)
        if isinstance(source, Data):
            raise DatasetError("a data set must be given as what it was read from; got one that was read already")
        file = self._folder() / f"{len(self.files)}.parquet"
        write_spool(source, file, columns=self._columns.values())
        self.files[name] = file
        return name

    def names(self, given: Names | None, /) -> Path | str | None:
        """A file of names, or its URL."""
        if given is None or isinstance(given, str | os.PathLike):
            return None if given is None else os.fspath(given) if is_url(given) else Path(given)
        known = given if isinstance(given, Mapping) else dict(enumerate(given))
        if (
            isinstance(given, Set)
            or not known
            or not all(_is_id(label) and isinstance(name, str) for label, name in known.items())
        ):
            raise DatasetError(f"names must be text, in the order of ids or by id; got {given!r}")
        file = self._folder() / "label_list.txt"
        file.write_text(names_text({int(label): name for label, name in known.items()}), encoding="utf-8")
        return file

    def _folder(self) -> Path:
        self.home = self.home or Home()
        return self.home.path


def _is_id(label: object) -> bool:
    return isinstance(label, SupportsIndex) and not isinstance(label, bool) and int(label) >= 0
