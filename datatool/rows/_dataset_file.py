"""`dataset.yaml`: parts with their paths taken from the file's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from datatool.rows._spread import spread
from datatool.rows.foreign import refuse_other_file
from datatool.rows.readers import READERS
from datatool.schemas import Dataset, DatasetError, DatasetFile, DatasetPart, Kind, Part, load_yaml

_CLAS: Final = frozenset({"Global", "Arch", "DataLoader", "ARCHITECTURE", "TRAIN"})  # sections of its files


def read_dataset_file(path: Path, /) -> Dataset:
    """The data set that a dataset file describes.

    Raises:
        DatasetError: If a key is unknown, a value is of the wrong kind, or no split has a part.
    """
    given = load_yaml(_text(path), file=path)
    if isinstance(given, dict) and not _CLAS.isdisjoint(given):
        raise DatasetError(
            "a dataset file must list data sets; got a YAML of PaddleClas",
            file=path,
            hint=f"run datatool paddleclas audit {path}",
        )
    document = DatasetFile.parse(given, file=path, error=DatasetError)
    parts = tuple(
        part
        for split in ("train", "val", "test")
        for one in getattr(document, split)
        for part in _parts(one, split, path)
    )
    if not parts:
        raise DatasetError("dataset file must list something under train, val or test; got nothing", file=path)
    if document.select is not None and not document.select:
        raise DatasetError("select must name a class to keep, or be null; got an empty list", file=path)
    return Dataset(
        parts=parts,
        names=None if document.names is None else path.parent / document.names,
        select=None if document.select is None else tuple(document.select),
        file=path,
    )


def _parts(given: DatasetPart, split: str, file: Path) -> Iterator[Part]:
    """The inputs that an entry stands for."""
    kind, name = given.kind_and_path
    _check_options(given, kind, file)
    for found in spread(str(file.parent / name), is_split=True):
        path = Path(found.path)
        inside = found.kind or kind
        default = path if READERS[inside].is_root else path.parent
        root = default if given.root is None else file.parent / given.root
        columns = () if given.labels is None else (("label", given.labels),)
        yield Part(
            kind=inside, path=found.path, root=root, split=split, source=given.source, is_split=True, columns=columns
        )


def _check_options(given: DatasetPart, kind: Kind, file: Path) -> None:
    holds_images = READERS[kind].holds_images
    if holds_images and given.root is not None:
        raise DatasetError(f"{kind} must have no root, since images lie in them; got '{given.root}'", file=file)
    if not holds_images and given.labels is not None:
        raise DatasetError(f"labels must go with shards or zip; got '{given.labels}' for {kind}", file=file)


def _text(path: Path) -> str:
    refuse_other_file(path, what="a dataset file must be YAML")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError("dataset file must be UTF-8; got other bytes", file=path) from None
