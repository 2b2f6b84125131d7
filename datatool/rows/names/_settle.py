"""Which names classes have, and which ids names get, over all parts of a data set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from datatool.rows.foreign import refuse_other_file
from datatool.rows.names._file import read_names
from datatool.rows.readers import OpenedPart
from datatool.schemas import Dataset, DatasetError, nearest


def settle_names(dataset: Dataset, parts: Sequence[OpenedPart], /) -> Mapping[int, str] | None:
    """Names by id.

    They are those of the names file; else those that the data say of themselves; else those of a file found beside
    the data; else, where labels are names, these, sorted. A file that was merely found never names class folders.

    Raises:
        DatasetError: If parts say different names, or some have names, others ids, and nothing says which is which.
    """
    if dataset.names is not None:
        refuse_other_file(dataset.names, what="names must be `id name` lines")
        return read_names(dataset.names)
    feature = _feature(parts)
    if feature is not None:
        return feature
    if dataset.found_names is not None and not any(opened.folders for opened in parts):
        return read_names(dataset.found_names)
    held = {name for opened in parts for name in opened.class_names or ()}
    if held:
        _refuse_invented_ids(parts)
        return dict(enumerate(sorted(held)))
    return None


def _feature(parts: Sequence[OpenedPart]) -> Mapping[int, str] | None:
    told = [opened for opened in parts if opened.feature is not None]
    for opened in told[1:]:
        if opened.feature != told[0].feature:
            raise DatasetError(
                f"class names in tables must be the same in all of them; got others in {told[0].part.path}",
                file=opened.part.path,
                hint="give --names FILE with `id name` lines",
            )
    return told[0].feature if told else None


def _refuse_invented_ids(parts: Sequence[OpenedPart]) -> None:
    named = [opened.part for opened in parts if opened.class_names]
    others = [opened.part for opened in parts if opened.class_names is None]
    if others:
        raise DatasetError(
            "labels that are names, joined to labels that are ids, must have their ids from a names file; got none for "
            f"'{named[0].path}' beside '{others[0].path}'",
            hint="give --names FILE, or names: in the dataset file, with `id name` lines",
        )


def sorted_names(dataset: Dataset, parts: Sequence[OpenedPart], /) -> bool:
    """Whether ids are the places of sorted names, which is to be stated."""
    is_given = dataset.names is not None or any(opened.feature is not None for opened in parts)
    is_found = dataset.found_names is not None and not any(opened.folders for opened in parts)
    return not is_given and not is_found and any(opened.class_names for opened in parts)


def ids_of(dataset: Dataset, names: Mapping[int, str] | None, parts: Sequence[OpenedPart], /) -> dict[str, int]:
    """Ids by name, for the parts whose labels are names.

    Raises:
        DatasetError: If a name is needed and has two ids, or a class folder has none.
    """
    if not any(opened.class_names for opened in parts):
        return {}
    ids: dict[str, int] = {}
    for label, name in (names or {}).items():
        if name in ids:
            raise DatasetError(
                f"names must give each name one id; got '{name}' as {ids[name]} and {label}",
                file=dataset.names or dataset.found_names,
            )
        ids[name] = label
    for opened in parts:
        _check_folders(opened.folders, ids, file=opened.part.path)
    return ids


def _check_folders(folders: Iterable[str], ids: Mapping[str, int], *, file: str) -> None:
    for name in folders:
        if name not in ids:
            near = nearest(name, ids)
            raise DatasetError(
                f"class folder must stand in the names file; got '{name}'",
                file=file,
                hint="add a line `id name` for it" if near is None else f"did you mean '{near}'?",
            )
