"""A resolved data set, opened as rows."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from datatool.rows._csv import read_csv
from datatool.rows._folder import class_folders, read_folder
from datatool.rows._list import read_list
from datatool.rows._names import read_names
from datatool.rows._parquet import read_parquet
from datatool.rows._reading import Reading, Remarks
from datatool.rows._resolve import STDIN
from datatool.rows._rows import Rows
from datatool.rows._store import create_tables, open_store
from datatool.schemas import Dataset, DatasetError, Part, nearest


@contextlib.contextmanager
def open_rows(dataset: Dataset, /, *, memory_limit: str | None = None) -> Iterator[Rows]:
    """Open every part of a data set.

    Args:
        dataset: From `resolve`.
        memory_limit: What DuckDB may hold before it spills to disk, as it spells it (``"2GB"``).

    Raises:
        DatasetError: If a part cannot be read at all; faults of single lines are rows of the table ``faults``.
    """
    _check_places(dataset)
    names = _names(dataset)
    ids = _ids(dataset, names)
    selected = _selected(dataset, names)
    with open_store(memory_limit=memory_limit) as (connection, folder):
        readings = [_reading(part, folder, ids) for part in dataset.parts]
        create_tables(connection, dataset.parts, _sources(readings))
        rows = Rows(connection, readings, dataset=dataset, names=names, selected=selected)
        try:
            yield rows
        except Exception:
            if rows.failure is not None:
                raise rows.failure from None
            raise


def _check_places(dataset: Dataset) -> None:
    for part in dataset.parts:
        for place in (part.path, str(part.root)):
            shown = os.fsencode(place).decode(errors="backslashreplace")
            if shown != place:
                raise DatasetError(f"the path of a list and its root must be UTF-8; got '{shown}'")


def _names(dataset: Dataset) -> Mapping[int, str] | None:
    """Names by id: from the names file, else from the sorted names of the class folders."""
    if dataset.names is not None:
        return read_names(dataset.names)
    folders = [class_folders(Path(part.path)) for part in dataset.parts if part.kind == "folder"]
    return dict(enumerate(sorted(set().union(*folders)))) if folders else None


def _ids(dataset: Dataset, names: Mapping[int, str] | None) -> dict[str, int]:
    ids: dict[str, int] = {}
    for label, name in (names or {}).items():
        if name in ids and any(part.kind == "folder" for part in dataset.parts):
            raise DatasetError(
                f"names must give each name one id; got '{name}' as {ids[name]} and {label}", file=dataset.names
            )
        ids[name] = label
    return ids


def _selected(dataset: Dataset, names: Mapping[int, str] | None) -> frozenset[int] | None:
    if dataset.select is None:
        return None
    by_name = {name: label for label, name in (names or {}).items()}
    chosen = set()
    for one in dataset.select:
        if isinstance(one, int):
            chosen.add(one)
        elif one in by_name:
            chosen.add(by_name[one])
        else:
            near = nearest(one, by_name)
            hint = "give names: with `id name` lines" if names is None else near and f"did you mean '{near}'?"
            raise DatasetError(f"select must name a known class; got '{one}'", hint=hint)
    return frozenset(chosen)


def _reading(part: Part, folder: Path, ids: Mapping[str, int]) -> Reading:
    path = file_of(part, folder)
    if part.kind == "csv":
        return read_csv(part, path=path)
    if part.kind == "parquet":
        return read_parquet(part, path=path)
    if part.kind == "folder":
        return read_folder(part, path=path, ids=ids)
    return read_list(part, path=path)


def file_of(part: Part, folder: Path, /) -> Path:
    """The file to read a part from: its own, or under ``folder`` what came through standard input or a pipe."""
    path = Path(part.path)
    if part.path == STDIN:
        return _spool(folder, sys.stdin.buffer, part.path)
    if path.is_fifo():
        with path.open("rb") as pipe:
            return _spool(folder, pipe, part.path)
    return path


def _spool(folder: Path, stream: IO[bytes], name: str) -> Path:
    """A pipe as a file, since rows may be read in more than one pass."""
    path = folder / f"pipe{name.replace('/', '_')}"
    if path.exists():
        raise DatasetError(f"a pipe must be named once; got {name} twice")
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return path


def _sources(readings: list[Reading]) -> list[str]:
    """Every source there is, tables' columns included, in order of first sight."""
    found: dict[str, None] = {}
    for reading in readings:
        if reading.part.source is not None:
            found[reading.part.source] = None
        if reading.has_source:
            for batch in reading.batches(Remarks()):
                found.update(dict.fromkeys(_stripped(batch)))
    return list(found)


def _stripped(batch: Any) -> list[str]:
    values = batch.column("source").unique().to_pylist()
    return [value.strip() for value in values if value is not None and value.strip()]
