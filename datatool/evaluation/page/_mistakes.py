"""Misclassified pictures: of each pair of classes those with the largest losses."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from datatool.audit.images import for_each_picture
from datatool.evaluation.page._classes import label_of
from datatool.report import thumbnail
from datatool.schemas import EvalDocument
from datatool.storage import Locator, StorageError, read

_PAIRS: Final = 12  # shown; eval.json has more
_SIDE: Final = 144  # px, longer side of a thumbnail
_MAX_BYTES: Final = 64 << 20  # a larger file is not read for one


class Picture(NamedTuple):
    """One misclassified picture; without a thumbnail where the file cannot be read any more."""

    thumb: str | None
    name: str
    note: str


class Pair(NamedTuple):
    """A true class, what it was taken for, how often, and pictures."""

    true: str
    predicted: str
    images: str
    pictures: list[Picture]


def mistakes(document: EvalDocument, /) -> list[Pair]:
    """The pairs most often confused, each with pictures of its largest losses."""
    names = [label_of(row) for row in document.per_class]
    shown = document.confused[:_PAIRS]
    paths = [one.path for pair in shown for one in pair.worst]
    thumbs = iter(for_each_picture(_thumb, paths, title="pictures of mistakes") if paths else [])
    return [
        Pair(
            names[pair.class_],
            names[pair.predicted],
            f"{pair.images:,}",
            [
                Picture(next(thumbs), os.path.basename(one.path), f"loss {one.loss:.2f}, score {one.score:.2f}")
                for one in pair.worst
            ],
        )
        for pair in shown
    ]


def _thumb(locator: Locator) -> str | None:
    try:
        return thumbnail(read(locator, max_bytes=_MAX_BYTES), side=_SIDE)
    except (OSError, StorageError):
        return None
