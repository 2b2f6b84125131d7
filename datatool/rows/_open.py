"""A resolved data set, opened as rows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from datatool.rows._names import read_names
from datatool.rows._refuse import refuse_damaged
from datatool.rows._remarks import Remarks
from datatool.rows._rows import Rows
from datatool.rows._splits import SPLITS
from datatool.rows._spool import file_of
from datatool.rows._store import create_tables, open_store
from datatool.rows.foreign import refuse_foreign, refuse_other_file
from datatool.rows.readers import READERS, OpenedPart, ReadOptions
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
    for part in dataset.parts:
        refuse_foreign(part, Path(part.path))
    names = _names(dataset)
    options = ReadOptions(ids=_ids(dataset, names))
    selected = _selected(dataset, names)
    with open_store(memory_limit=memory_limit) as (connection, folder):
        parts = [_opened(part, file_of(part, folder), options) for part in dataset.parts]
        sources = _texts_of(parts, "source")
        _check_splits(parts)
        _check_columns(parts)
        splits = SPLITS if any(opened.has_split for opened in parts) else ()
        create_tables(connection, dataset.parts, sources=sources, splits=splits)
        rows = Rows(connection, parts, dataset=dataset, names=names, selected=selected)
        try:
            yield rows
        except Exception:
            if rows.failure is not None:
                raise rows.failure from None
            raise


def _opened(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    refuse_foreign(part, path)  # again, of what came through a pipe
    with refuse_damaged(part.path):
        return READERS[part.kind].open(part, path, options)


def _check_places(dataset: Dataset) -> None:
    for part in dataset.parts:
        for place in (part.path, str(part.root)):
            shown = os.fsencode(place).decode(errors="backslashreplace")
            if shown != place:
                raise DatasetError(f"the path of a list and its root must be UTF-8; got '{shown}'")


def _names(dataset: Dataset) -> Mapping[int, str] | None:
    """Names by id: from the names file, else from the sorted names of the classes that parts hold, or a file found."""
    if dataset.names is not None:
        refuse_other_file(dataset.names, what="names must be `id name` lines")
        return read_names(dataset.names)
    held = [find(Path(part.path)) for part in dataset.parts if (find := READERS[part.kind].class_names) is not None]
    if held:
        return dict(enumerate(sorted(set().union(*held))))
    return None if dataset.found_names is None else read_names(dataset.found_names)


def _ids(dataset: Dataset, names: Mapping[int, str] | None) -> dict[str, int]:
    by_name = any(READERS[part.kind].class_names is not None for part in dataset.parts)
    ids: dict[str, int] = {}
    for label, name in (names or {}).items():
        if name in ids and by_name:
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


def _check_splits(parts: Sequence[OpenedPart]) -> None:
    """Refuse a table whose split column contradicts the split that it, or another input, was given as."""
    named = {opened.part.split: opened.part.path for opened in parts if opened.part.is_split}
    for opened in parts:
        if not opened.has_split or not named:
            continue
        found = _texts_of([opened], "split")
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


def _texts_of(parts: Sequence[OpenedPart], column: str) -> list[str]:
    """Every source or split there is, tables' columns included, in order of first sight."""
    found: dict[str, None] = {}
    for opened in parts:
        if column == "source" and opened.part.source is not None:
            found[opened.part.source] = None
        if opened.has_source if column == "source" else opened.has_split:
            remarks = Remarks()
            with refuse_damaged(opened.part.path):
                for batch in opened.batches(remarks):
                    found.update(dict.fromkeys(_stripped(batch.column(column).unique().to_pylist())))
                    found.update(dict.fromkeys(_stripped(_of_words(remarks, column))))
                    remarks.clear()
            found.update(dict.fromkeys(_stripped(_of_words(remarks, column))))
    return list(found)


def _of_words(remarks: Remarks, column: str) -> list[str | None]:
    """The same of rows whose label is a word."""
    return [source if column == "source" else split for _, _, _, source, split in remarks.words]


def _stripped(values: Iterable[str | None]) -> list[str]:
    """Without the blanks that `place_sql` takes off too."""
    return [value.strip(" ") for value in values if value is not None and value.strip(" ")]
