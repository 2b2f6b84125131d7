"""A few pictures of each class, so that a healthy data set is seen too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from datatool.audit._context import Context
from datatool.report import thumbnail
from datatool.schemas import REAL
from datatool.storage import Locator, StorageError, read

if TYPE_CHECKING:
    from datatool.schemas import AuditDocument

_CLASSES: Final = 60  # on a page: the largest, the smallest, and some between
_PICTURES: Final = 4  # of each
_SIDE: Final = 120  # px, longer side
_MAX_BYTES: Final = 64 << 20  # a larger file is not read for a thumbnail


class Sample(NamedTuple):
    """One picture; without a thumbnail where nothing can be decoded."""

    thumb: str | None
    path: str
    note: str


class ClassSamples(NamedTuple):
    """A class, its rows, and some of its pictures."""

    name: str
    rows: int
    pictures: list[Sample]


def class_samples(context: Context, document: AuditDocument, /) -> list[ClassSamples]:
    """Pictures of up to 60 classes, the largest first; none unless images were read."""
    if not context.options.images or context.census.main_split is None:
        return []
    from datatool.audit.images import for_each_picture  # decoders, which an audit of lists does not need

    sizes = {label: sum(counts.values()) for label, counts in document.counts.items()}
    chosen = shown_classes(sizes, most=_CLASSES)
    listed = ", ".join(map(str, chosen)) or "NULL"
    split = context.census.main_split.replace("'", "''")
    rows = context.query(
        "SELECT r.label, r.source::VARCHAR, r.path, f.file FROM rows r "
        "JOIN image_files f ON f.path = r.path AND f.root = r.root::VARCHAR "
        f"WHERE r.label IN ({listed}) AND r.split::VARCHAR = '{split}' "
        f"QUALIFY row_number() OVER (PARTITION BY r.label ORDER BY hash(r.path), r.file, r.line) <= {_PICTURES} "
        "ORDER BY r.label, hash(r.path), r.file, r.line"
    )
    thumbs = for_each_picture(_thumb, [file for *_, file in rows], title="pictures of classes") if rows else []
    found: dict[int, list[Sample]] = {}
    for (label, source, path, _), thumb in zip(rows, thumbs, strict=True):
        found.setdefault(label, []).append(Sample(thumb, path, "" if source == REAL else source))
    return [ClassSamples(context.class_label(label), sizes[label], found[label]) for label in chosen if label in found]


def shown_classes(sizes: Mapping[int, int], /, *, most: int) -> list[int]:
    """Classes from the largest to the smallest: a third of ``most`` from each end, a third evenly between.

    >>> shown_classes({0: 5, 1: 9, 2: 1, 3: 7, 4: 3, 5: 2}, most=3)
    [1, 4, 2]
    """
    order = sorted((label for label in sizes if sizes[label]), key=lambda label: (-sizes[label], label))
    if len(order) <= most:
        return order
    end = most // 3
    between = order[end : len(order) - end]
    step = len(between) / (most - 2 * end)
    middle = [between[int((place + 0.5) * step)] for place in range(most - 2 * end)]
    return [*order[:end], *middle, *order[-end:]]


def _thumb(locator: Locator) -> str | None:
    try:
        return thumbnail(read(locator, max_bytes=_MAX_BYTES), side=_SIDE)
    except (OSError, StorageError):
        return None
