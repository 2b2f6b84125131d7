"""Tar shards and zips of pictures, read in place; a row's line is the number of its picture in the container."""

from __future__ import annotations

import functools
import itertools
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from datatool.rows._pictures import names_image, why_skipped
from datatool.rows._remarks import Remarks, rows_batch
from datatool.rows.readers._base import NOT_UTF8, Given, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.rows.readers._samples import FOLDER_LABELS, Labels, Picture, labels_of, pictures_of
from datatool.rows.text._grammar import read_label
from datatool.schemas import Container, DatasetError, Part, is_url, nearest
from datatool.storage import compression_of, container_of, format_of, members_of

_BATCH: Final = 50_000
COMPRESSED_TARS: Final = (".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz4")
_KEPT: Final = 64  # containers whose labels are kept between the looks of `resolve`, `open_rows` and a first pass


def _open(part: Part, path: Path, options: ReadOptions) -> OpenedPart:
    labels = _labels(part)

    def batches(remarks: Remarks) -> Iterator[Any]:
        _note_members(part, remarks)
        rows = _rows(part, options.ids, remarks, has_split=has_split)
        for some in iter(lambda: list(itertools.islice(rows, _BATCH)), []):
            yield rows_batch(some, has_split=has_split)

    del path
    has_split = labels.has_split and not part.is_split  # what a user says of a container stands above its folders
    splits = dict.fromkeys(each.split for each in labels.pictures if each.split is not None)
    return OpenedPart(
        part=part,
        batches=batches,
        splits=list(splits) if has_split else None,
        columns={"path": "name", "label": labels.where} | ({"split": "the folder above it"} if has_split else {}),
        class_names=labels.names,
    )


def _labels(part: Part) -> Labels:
    _refuse_compressed(part)
    given = dict(part.columns).get("label")
    try:
        stamp = container_of(str(part.root))
    except OSError as error:
        raise DatasetError(f"a shard must be readable; got '{error.strerror}'", file=part.path) from None
    return _labels_at(part.path, given, stamp)


@functools.lru_cache(maxsize=_KEPT)
def _labels_at(path: str, given: str | None, stamp: Container) -> Labels:
    """Read once while the container is the same; it may be a copy that can be read in place."""
    members = members_of(stamp.path)
    barred = next(((name, reason) for name, reason in members.barred if why_skipped(name) is None), None)
    if barred is not None:
        raise DatasetError(
            f"pictures must lie in a zip as they are to be read in place; got '{barred[0]}', {barred[1]}",
            file=path,
            hint=f"datatool pack {shlex.quote(path)} -o DIR",
        )
    return labels_of(members, path, given=given)


def _refuse_compressed(part: Part) -> None:
    how = _compression(str(part.root))
    if how is not None:
        raise DatasetError(
            f"a shard must be plain, since nothing can be read in the middle of a compressed one; got {how}",
            file=part.path,
            hint=f"datatool pack {shlex.quote(part.path)} -o DIR",
        )


def _compression(path: str) -> str | None:
    """What a shard is packed by; of an object its name tells, without a request."""
    if is_url(path):
        return "a compressed tar" if path.lower().endswith(COMPRESSED_TARS) else None
    with open(path, "rb") as stream:
        return compression_of(stream.read(512))


def _rows(
    part: Part, ids: Mapping[str, int], remarks: Remarks, *, has_split: bool
) -> Iterator[tuple[str, int, int, *tuple[str | None, ...]]]:
    """Path, label and line of each picture that has a label, and its split where folders say it."""
    labels = _labels(part)
    for picture in labels.pictures:
        name, line = picture.name, picture.line
        split = (picture.split,) * has_split
        shown = name.encode("utf-8", "surrogateescape").decode(errors="backslashreplace")
        if shown != name:
            remarks.faults.append(("E106", line, shown, NOT_UTF8))
        elif picture.label is None:
            remarks.faults.append(("E101", line, name, f"no label: {picture.reason}"))
        elif labels.names is not None and picture.label in ids:
            yield name, ids[picture.label], line, *split
        elif labels.names is not None:
            near = nearest(picture.label, ids)
            reason = f"class '{picture.label}' is none of the names"
            remarks.faults.append(("E102", line, f"{name} {picture.label}", reason + (f"; '{near}'?" if near else "")))
        elif isinstance(value := read_label(picture.label, name), int):
            yield name, value, line, *split
        else:
            remarks.faults.append((value.code, line, f"{name} {picture.label}", value.reason))


def _note_members(part: Part, remarks: Remarks) -> None:
    members = members_of(str(part.root))
    for reason, (count, first) in members.notes.items():
        remarks.note("I109", reason, line=1, text=str(first), count=count)
    for name, reason in members.barred:
        remarks.note("I211", f"members that are {reason} and no pictures", line=1, text=name)
    for reason, count, first in _labels(part).skipped:
        remarks.note("I211", reason, line=1, text=first, count=count)


def _paths(part: Part, _: Path) -> PathLines:
    _refuse_compressed(part)
    for picture in pictures_of(members_of(str(part.root))):
        yield picture.line, picture.name if _is_text(picture) else Unreadable(NOT_UTF8)


def _is_text(picture: Picture) -> bool:
    return picture.name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in picture.name)


def _is_tar(given: Given) -> bool:
    if given.is_folder:
        return False
    compressed = given.path.name.lower().endswith(COMPRESSED_TARS) and compression_of(given.head[:512]) is not None
    empty = given.path.suffix.lower() == ".tar" and given.head[:512] == bytes(512)
    return compressed or empty or format_of(given.head[:512]) == "tar"


def _is_zip(given: Given) -> bool:
    """Only one of pictures: much else is a zip too."""
    if given.is_folder or format_of(given.head[:512]) != "zip":
        return False
    try:
        members = members_of(str(given.path))
    except DatasetError:
        return True  # torn: said when it is opened
    return any(map(names_image, members.names)) or any(names_image(name) for name, _ in members.barred)


SHARDS: Final = Reader(
    kind="shards",
    help="tar shards",
    title="tar shards (WebDataset), by a glob",
    text=(
        "read in place; labels from `.cls`, `.txt` or `.json:KEY` beside each picture, else from the folder that it "
        "lies in, and the split from the folder above that where all are train, val or test; both are stated; "
        f"`--label-column .json:KEY` or `{FOLDER_LABELS}` says which; a row's line is the "
        "number of its picture"
    ),
    recognises=_is_tar,
    open=_open,
    paths=_paths,
    is_root=True,
    holds_images=True,
)
ZIP: Final = Reader(
    kind="zip",
    help="zip",
    title="a zip",
    text="stored members are read in place, with the labels of tar shards; compressed ones are for `datatool pack`",
    recognises=_is_zip,
    open=_open,
    paths=_paths,
    is_root=True,
    holds_images=True,
)
