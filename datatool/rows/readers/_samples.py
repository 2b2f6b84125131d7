"""Pictures of a container and their labels: WebDataset's samples, or the folders that pictures lie in.

The sample of a member is its name up to the first dot behind the last slash; what follows says what the member is:
https://github.com/webdataset/webdataset, "The WebDataset Format".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from datatool.rows._pictures import JUNK_FOLDERS, names_image, why_skipped
from datatool.rows._splits import split_of
from datatool.rows.columns._roles import role_of
from datatool.rows.text._grammar import IMAGE_EXTENSIONS
from datatool.schemas import DatasetError
from datatool.storage import Member, Members, StorageError, read

FOLDER_LABELS: Final = "folder"
_JSON: Final = "json"
_PARTS: Final = ("cls", _JSON, "txt")  # the first that most samples have
_MAX_LABEL_BYTES: Final = 1 << 20
_WAYS: Final = "say which with --label-column .cls, .txt, .json:KEY or folder"


class Picture(NamedTuple):
    """A picture of a container, and its label as text, or why it has none."""

    name: str
    line: int  # 1-based number among the pictures
    label: str | None = None
    reason: str = ""
    split: str | None = None


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the pictures of a container are labelled with.

    Attributes:
        where: In which words it is stated where labels are.
        pictures: Every picture in order.
        names: The classes, sorted, where labels are names; None where they are ids.
        skipped: (reason, count, first name) of members that are left out.
        has_split: Whether the folders of classes lie in folders of splits.
    """

    where: str
    pictures: Sequence[Picture]
    names: list[str] | None
    skipped: Sequence[tuple[str, int, str]]
    has_split: bool = False


def pictures_of(members: Members, /) -> Iterator[Picture]:
    """Every member that is named as pictures are, without labels."""
    names = (name for name in members.names if names_image(name) and not _is_junk(name))
    yield from (Picture(name, line) for line, name in enumerate(names, start=1))


def labels_of(members: Members, path: str, /, *, given: str | None = None) -> Labels:
    """Find and read the labels of a container.

    Args:
        members: Its table.
        path: Where it is.
        given: `.cls`, `.txt`, `.json:KEY` or `folder`, as a user named it; None looks.

    Raises:
        DatasetError: If there is no picture, or nothing says where labels are.
    """
    samples = _samples(members)
    part, key = _where(samples, members, path, given)
    if part == FOLDER_LABELS:
        found = [
            picture._replace(label=_folder(picture.name) or None, reason="it lies in no folder")
            for picture in pictures_of(members)
        ]
        found = _with_splits(found)
        where = "the folder of each picture"
    else:
        reader = _json_reader(key) if part == _JSON else _text_of
        found = _sample_pictures(members, samples, path, part, reader)
        where = f".{part}" + (f":{key}" if key else "")
    if not found:
        raise DatasetError("a container must hold pictures; got none", file=path)
    are_names = part == FOLDER_LABELS or (part != "cls" and not all(_is_integer(each.label) for each in found))
    names = sorted({each.label for each in found if each.label is not None}) if are_names else None
    return Labels(
        where=where,
        pictures=found,
        names=names,
        skipped=_skipped(members, {each.name for each in found}),
        has_split=any(each.split is not None for each in found),
    )


def _with_splits(found: list[Picture]) -> list[Picture]:
    """Pictures with the split that the folder above their class says, where all of them lie in folders of splits."""
    splits = {folder: split_of(_folder(folder)) for folder in {each.name.rpartition("/")[0] for each in found}}
    if None in splits.values():
        return found
    return [each._replace(split=splits[each.name.rpartition("/")[0]]) for each in found]


def _samples(members: Members) -> dict[str, dict[str, int]]:
    """Sample -> what a member of it is, in lower case -> its place in the table."""
    found: dict[str, dict[str, int]] = {}
    for place, name in enumerate(members.names):
        folder, slash, base = name.rpartition("/")
        stem, dot, kind = base.partition(".")
        if dot and stem and not _is_junk(name):
            found.setdefault(f"{folder}{slash}{stem}", {})[kind.lower()] = place
    return found


def _where(samples: dict[str, dict[str, int]], members: Members, path: str, given: str | None) -> tuple[str, str]:
    """Which part of a sample its label is, and the key in it."""
    if given is not None:
        part, _, key = given.removeprefix(".").partition(":")
        if part == FOLDER_LABELS or (part in _PARTS and bool(key) == (part == _JSON)):
            return part, key
        raise DatasetError(
            f"labels of a container must be in .cls, .txt, .json:KEY or folder; got '{given}'", file=path
        )
    shown = [kinds for kinds in samples.values() if not kinds.keys().isdisjoint(IMAGE_EXTENSIONS)]
    for part in _PARTS:
        having = [kinds[part] for kinds in shown if part in kinds]
        if having and 2 * len(having) > len(shown):
            return part, _label_key(members, having[0], path) if part == _JSON else ""
    if shown and not any(_folder(name) for name in members.names if names_image(name)):
        raise DatasetError(
            f"pictures of a container must have labels; got '{_first_picture(members)}' without one beside it or a "
            "folder around it",
            file=path,
            hint=f"{_WAYS}, or give a table whose root is the container",
        )
    return FOLDER_LABELS, ""


def _label_key(members: Members, place: int, path: str) -> str:
    """The one key of the first JSON that is named as labels are."""
    try:
        document = json.loads(_bytes(members, place, path))
    except (ValueError, StorageError):
        document = None
    keys = [key for key in document if role_of(key) == "label"] if isinstance(document, dict) else []
    if len(keys) != 1:
        has = ", ".join(document) if isinstance(document, dict) else "no JSON object"
        raise DatasetError(
            f"labels of samples must stand under one key of their .json; got {has}", file=path, hint=_WAYS
        )
    return str(keys[0])


def _sample_pictures(
    members: Members,
    samples: dict[str, dict[str, int]],
    path: str,
    part: str,
    text: Callable[[bytes], str | None],
) -> list[Picture]:
    found = []
    for line, (place, kinds) in enumerate(_placed(samples), start=1):
        label, reason = None, f"its sample has no .{part}"
        if part in kinds:
            try:
                label, reason = text(_bytes(members, kinds[part], path)), f"its .{part} holds none"
            except (ValueError, StorageError) as error:
                reason = f"its .{part} cannot be read: {error}"
        found.append(Picture(members.names[place], line, label, reason))
    return found


def _placed(samples: dict[str, dict[str, int]]) -> list[tuple[int, dict[str, int]]]:
    """The place of every picture with the parts of its sample, in the order of the container."""
    found = [(place, kinds) for kinds in samples.values() for kind, place in kinds.items() if kind in IMAGE_EXTENSIONS]
    return sorted(found, key=lambda one: one[0])


def _bytes(members: Members, place: int, path: str) -> bytes:
    kept = members.kept.get(int(members.offset[place]))
    if kept is not None:
        return kept
    return read(Member(f"{path}/{members.names[place]}", members.span_at(place)), max_bytes=_MAX_LABEL_BYTES)


def _text_of(data: bytes) -> str | None:
    return data.decode("utf-8-sig").strip() or None


def _json_reader(key: str) -> Callable[[bytes], str | None]:
    def text(data: bytes) -> str | None:
        value: Any = json.loads(data)
        value = value.get(key) if isinstance(value, dict) else None
        return None if value is None or isinstance(value, dict | list | bool) else str(value).strip() or None

    return text


def _is_integer(label: str | None) -> bool:
    return label is None or (label.removeprefix("-").isdecimal() and label.isascii())


def _folder(name: str) -> str:
    """The name of the folder that a member lies in."""
    folder = name.rpartition("/")[0].rpartition("/")[2]
    return "" if folder in (".", "..") else folder


def _is_junk(name: str) -> bool:
    *folders, base = name.split("/")
    return base.startswith(".") or not JUNK_FOLDERS.isdisjoint(folders)


def _first_picture(members: Members) -> str:
    return next((name for name in members.names if names_image(name)), "")


def _skipped(members: Members, used: set[str]) -> list[tuple[str, int, str]]:
    """What is neither a picture nor beside one, by reason."""
    found: dict[str, tuple[int, str]] = {}
    for name in members.names:
        if name not in used and not name.lower().endswith((".cls", ".txt", ".json")):
            base = name.rpartition("/")[2]
            reason = why_skipped(base) or ("folders of programs" if _is_junk(name) else "further pictures of a sample")
            count, first = found.get(reason, (0, name))
            found[reason] = count + 1, first
    return [(reason, count, first) for reason, (count, first) in found.items()]
