"""A resolved data set, opened as rows."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datatool.rows._refuse import refuse_damaged
from datatool.rows._rows import Rows
from datatool.rows._splits import SPLITS
from datatool.rows._spool import as_piped, file_of
from datatool.rows._store import create_tables, open_store
from datatool.rows.foreign import refuse_foreign
from datatool.rows.names._settle import ids_of, settle_names
from datatool.rows.readers import READERS, OpenedPart, ReadOptions
from datatool.schemas import MAX_LABEL, Dataset, DatasetError, Part, is_url, nearest


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
    for part in dataset.parts:
        if part.spooled is not None or not is_url(part.path):
            refuse_foreign(part, part.spooled or Path(part.path))
    with open_store(memory_limit=memory_limit) as (connection, folder):
        options = ReadOptions(folder=folder)
        files = {part.path: file_of(part, folder) for part in dataset.parts}
        piped = [as_piped(part, files[part.path]) for part in dataset.parts]
        parts = [_opened(part, files[part.path], options) for part in piped]
        dataset = dataclasses.replace(dataset, parts=tuple(opened.part for opened in parts))
        names = settle_names(dataset, parts)
        options.ids.update(ids_of(dataset, names, parts))
        selected = _selected(dataset, names)
        _check_splits(parts)
        _check_columns(parts)
        splits = SPLITS if any(opened.has_split for opened in parts) else ()
        create_tables(connection, dataset.parts, sources=_sources(parts), splits=splits)
        rows = Rows(connection, parts, dataset=dataset, scratch=folder, names=names, selected=selected)
        try:
            yield rows
        except Exception:
            if rows.failure is not None:
                raise rows.failure from None
            raise


def _opened(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    if part.spooled is not None or not is_url(part.path):
        refuse_foreign(part, path)  # again, of what came through a pipe
    with refuse_damaged(part.path):
        return READERS[part.kind].open(part, path, options)


def _check_places(dataset: Dataset) -> None:
    for part in dataset.parts:
        for place in (part.path, str(part.root)):
            shown = os.fsencode(place).decode(errors="backslashreplace")
            if shown != place:
                raise DatasetError(f"the path of a list and its root must be UTF-8; got '{shown}'")


def _selected(dataset: Dataset, names: Mapping[int, str] | None) -> frozenset[int] | None:
    if dataset.select is None:
        return None
    by_name = {name: label for label, name in (names or {}).items()}
    chosen = set()
    for one in dataset.select:
        if isinstance(one, int):
            if not 0 <= one <= MAX_LABEL:
                raise DatasetError(f"class ids of select: must lie from 0 to {MAX_LABEL}; got {one}")
            chosen.add(one)
        elif one in by_name:
            chosen.add(by_name[one])
        else:
            near = nearest(one, by_name)
            hint = "give names: with `id name` lines" if names is None else near and f"did you mean '{near}'?"
            raise DatasetError(f"select must name a known class; got '{one}'", hint=hint)
    return frozenset(chosen)


def _check_splits(parts: Sequence[OpenedPart]) -> None:
    """Refuse a table whose split column contradicts the split that it, or another input, was given as."""
    named = {opened.part.split: opened.part.path for opened in parts if opened.part.is_split}
    for opened in parts:
        if not opened.has_split or not named:
            continue
        found = opened.splits or ()
        part = opened.part
        wrong = [split for split in found if (split != part.split if part.is_split else split in named)]
        if wrong and part.is_split:
            raise DatasetError(
                f"a table given as {part.split} must not name another split in its column "
                f"'{_column(opened)}'; got {', '.join(wrong)}",
                file=part.path,
                hint="give the table as DATASET, and its column says which row is in which split",
            )
        if wrong:
            raise DatasetError(
                f"{wrong[0]} must be given once; got it in the column '{_column(opened)}' and as {named[wrong[0]]}",
                file=part.path,
                hint="join them in a dataset.yaml, one table for each split",
            )


def _column(opened: OpenedPart) -> str:
    return (opened.columns or {}).get("split", "split")


def _check_columns(parts: Sequence[OpenedPart]) -> None:
    """Refuse names of columns where no part is a table."""
    given = [name for opened in parts for _, name in opened.part.columns]
    if given and all(opened.columns is None for opened in parts):
        raise DatasetError(
            f"a column can only be named of a table with a header; got '{given[0]}' and no table",
            file=parts[0].part.path,
            hint="write a first line with the names of the columns",
        )


def _sources(parts: Sequence[OpenedPart]) -> list[str]:
    """Every source there is, tables' columns included, in order of first sight."""
    found: dict[str, None] = {}
    for opened in parts:
        given = () if opened.part.source is None else (opened.part.source,)
        found.update(dict.fromkeys((*given, *(opened.sources or ()))))
    return list(found)
