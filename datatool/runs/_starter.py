"""What a recipe to begin with depends on, seen of a data set."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Final

from datatool.images import read_header
from datatool.rows import Rows
from datatool.schemas import IMAGE_SIZE, REAL, TRAIN, AuditDocument
from datatool.storage import locate, read_head

_SAMPLE: Final = 200  # pictures whose headers are read
_HEAD: Final = 1 << 16  # bytes of each
_STEP: Final = 32  # networks halve their input five times
_EVEN: Final = 2.0
_UNEVEN: Final = 10.0  # imbalance up to which natural, then sqrt, is written; beyond it is W701
_BATCH: Final = 32
_LEAST_BATCHES: Final = 4


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a recipe depends on.

    Attributes:
        dataset: As it stands in the recipe.
        rows: Usable training rows.
        class_num: 1 + the largest id.
        imbalance: Rows of the largest class per row of the smallest.
        val: What `data.val` is; None where there is nothing to evaluate on.
        short_side: Median of a sample of pictures, pixels; None where none could be opened.
        synthetic: Whether there are rows of another source than real.
    """

    dataset: str
    rows: int
    class_num: int
    imbalance: float
    val: str | None
    short_side: int | None
    synthetic: bool

    @property
    def strategy(self) -> str:
        """The mildest strategy that helps at this imbalance."""
        if self.imbalance <= _EVEN:
            return "natural"
        return "sqrt" if self.imbalance <= _UNEVEN else "oversample"

    @property
    def image_size(self) -> int:
        """The default, or less where pictures are smaller: enlarging them adds work and nothing else."""
        if self.short_side is None or self.short_side >= IMAGE_SIZE:
            return IMAGE_SIZE
        return max(_STEP, self.short_side // _STEP * _STEP)

    @property
    def batch_size(self) -> int:
        """The default, or less where an epoch would have fewer than four batches."""
        size = _BATCH
        while size > 2 and size * _LEAST_BATCHES > self.rows:
            size //= 2
        return size


def see(rows: Rows, document: AuditDocument, /, *, dataset: str, val: str | None) -> Seen:
    """Look at a data set that has usable rows.

    Args:
        rows: Its rows.
        document: Its audit.
        dataset: As the recipe will name it.
        val: A list to evaluate on, as the recipe will name it; None takes the data set's own val split.
    """
    splits = {listed.split for listed in document.files if listed.rows}
    own = dataset if "val" in splits and TRAIN in splits else None
    return Seen(
        dataset=dataset,
        rows=sum(sum(sources.values()) for sources in document.counts.values()),
        class_num=document.class_num,
        imbalance=document.imbalance_ratio or 1.0,
        val=val if val is not None else own,
        short_side=_short_side(rows),
        synthetic=any(sources.get(name) for sources in document.counts.values() for name in {*sources} - {REAL}),
    )


def _short_side(rows: Rows) -> int | None:
    """Median short side of some pictures."""
    found = rows.read().execute("SELECT root, path FROM rows ORDER BY hash(path) LIMIT $1", [_SAMPLE]).fetchall()
    sides = [side for root, path in found if (side := _side_of(root, path)) is not None]
    return round(statistics.median(sides)) if sides else None


def _side_of(root: str, path: str) -> int | None:
    try:
        header = read_header(read_head(locate(root, path), _HEAD))
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
    return min(header.width, header.height) or None
