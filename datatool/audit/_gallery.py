"""Thumbnails of the images that findings are about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, NamedTuple

from datatool.audit._check import Check
from datatool.audit._context import Context
from datatool.audit.checks import CHECKS
from datatool.report import thumbnail
from datatool.schemas import Finding
from datatool.storage import StorageError, read

_MAX_GROUPS: Final = 12  # per finding; findings.parquet has them all
_MAX_BYTES: Final = 64 << 20  # a larger file is not read for a thumbnail


class Thumb(NamedTuple):
    """A picture and its file; without a picture where nothing can be decoded."""

    picture: str | None
    path: str
    place: str


class Group(NamedTuple):
    """Pictures that belong together, and why."""

    reason: str
    thumbs: list[Thumb]


class Gallery(NamedTuple):
    """Pictures of one finding."""

    code: str
    title: str
    shown: int
    total: int
    groups: list[Group]


def galleries(context: Context, findings: Sequence[Finding], /) -> list[Gallery]:
    """One gallery per finding that has pictures; empty unless images were read."""
    if not context.options.images:
        return []
    made = []
    for found in findings:
        check = CHECKS[found.code]
        if check.gallery is not None:
            groups = _groups(context, check)
            made.append(Gallery(found.code, check.gallery, len(groups), found.count, groups))
    return [gallery for gallery in made if gallery.groups]


def _groups(context: Context, check: Check) -> list[Group]:
    sql = check.lines(context)
    if sql is None:
        return []
    places = context.query(
        f"SELECT file::VARCHAR, line, text, reason, image, other FROM ({sql}) "
        f"WHERE reason IS NOT NULL AND image IS NOT NULL ORDER BY file, line LIMIT {_MAX_GROUPS}"
    )
    return [_group(*place) for place in places]


def _group(file: str, line: int, text: str, reason: str, image: str, other: str | None) -> Group:
    first = Thumb(_picture(image), text, f"{file}:{line}")
    return Group(reason, [first] if other is None else [first, Thumb(_picture(other), os.path.basename(other), "")])


def _picture(file: str) -> str | None:
    try:
        return thumbnail(read(file, max_bytes=_MAX_BYTES))
    except StorageError:
        return None
