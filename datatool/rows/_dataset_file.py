"""`dataset.yaml`: parts with their paths taken from the file's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from datatool.rows._default_root import default_root, names_place, root_place, spooled_copy
from datatool.rows._spread import spread
from datatool.rows.foreign import refuse_other_file
from datatool.rows.readers import READERS
from datatool.rows.remote import refuse_odd_url
from datatool.schemas import (
    Dataset,
    DatasetError,
    DatasetFile,
    DatasetPart,
    Kind,
    Part,
    is_url,
    join_place,
    key_place,
    load_yaml,
    parent_place,
)
from datatool.storage import exists

_MANIFEST_ENDING: Final = ".arrow"
_CLAS: Final = frozenset({"Global", "Arch", "DataLoader", "ARCHITECTURE", "TRAIN"})  # sections of its files


def read_dataset_file(path: Path, /, *, url: str | None = None) -> Dataset:
    """The data set that a dataset file describes.

    Args:
        path: Of the file.
        url: Of the object that the file is a copy of.

    Raises:
        DatasetError: If a key is unknown, a value is of the wrong kind, or no split has a part.
    """
    named = url or path
    text = _text(path)
    given = load_yaml(text, file=named)
    if isinstance(given, dict) and not _CLAS.isdisjoint(given):
        raise DatasetError(
            "a dataset file must list data sets; got a YAML of PaddleClas",
            file=named,
            hint=f"run datatool paddleclas audit {named}",
        )
    document = DatasetFile.parse(given, file=lambda key: key_place(text, named, key), error=DatasetError)
    parts = tuple(
        part
        for split in ("train", "val", "test")
        for one in getattr(document, split)
        for part in _parts(one, split, named)
    )
    if not parts:
        raise DatasetError("dataset file must list something under train, val or test; got nothing", file=named)
    if document.select is not None and not document.select:
        raise DatasetError("select must name a class to keep, or be null; got an empty list", file=named)
    return Dataset(
        parts=parts,
        names=None if document.names is None else names_place(_beside(named, document.names)),
        select=None if document.select is None else tuple(document.select),
        file=None if url else path,
    )


def _beside(file: Path | str, name: str) -> str:
    """A name as it is meant in a dataset file."""
    if is_url(file) or is_url(name):
        return join_place(parent_place(str(file)), name)
    refuse_odd_url(name)
    return str(Path(file).parent / name)


def _parts(given: DatasetPart, split: str, file: Path | str) -> Iterator[Part]:
    """The inputs that an entry stands for."""
    kind, name = given.kind_and_path
    _check_options(given, kind, file)
    place = _beside(file, name)
    refuse_odd_url(place)
    for found in spread(place, is_split=True):
        inside = found.kind or kind
        root = default_root(found.path, inside) if given.root is None else root_place(_beside(file, given.root))
        _check_manifest(root, file)
        columns = () if given.labels is None else (("label", given.labels),)
        yield Part(
            kind=inside,
            path=found.path,
            root=root,
            split=split,
            source=given.source,
            is_split=True,
            columns=columns,
            spooled=spooled_copy(found.path, inside),
        )


def _check_manifest(root: Path | str, file: Path | str) -> None:
    """Refuse a pack on a bucket that lacks its manifest, which is written last."""
    if is_url(root) and str(root).endswith(_MANIFEST_ENDING) and not exists(str(root)):
        raise DatasetError(
            f"a pack must be whole, its manifests too; got none at '{root}'",
            file=file,
            hint="run datatool pack again with the same -o, which goes on where it was",
        )


def _check_options(given: DatasetPart, kind: Kind, file: Path | str) -> None:
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
