"""What contenders over shards are given, and what each does with an image alike: decode, cut, flip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZE: Final = 224
BATCH: Final = 64


class Row(NamedTuple):
    """A photograph."""

    number: int
    label: int
    file: Path


class Drawn(NamedTuple):
    """A batch: rows (B,), classes (B,), crops uint8 (B, 224, 224, 3)."""

    rows: list[int]
    labels: list[int]
    images: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a contender is to do.

    Attributes:
        url: Of the store, over HTTP.
        written: Where the shards were before they were put into the bucket, for their names.
        work: A folder of its own on the local disk.
        plan: Over the same photographs, whose quotas are the classes' shares.
        epoch_size: Draws.
        num_classes: That are drawn equally often.
        keep_bytes: Of encoded images that may be kept on the local disk; None keeps all.
        rank: Of this process.
        world_size: Processes.
    """

    url: str
    written: Path
    work: Path
    plan: Path
    epoch_size: int
    num_classes: int
    keep_bytes: int | None = None
    rank: int = 0
    world_size: int = 1

    @property
    def batch(self) -> int:
        """Images of this process in a batch."""
        return BATCH // self.world_size


def by_class(rows: Sequence[Row]) -> Iterator[tuple[int, list[Row]]]:
    """The rows of each class, shuffled."""
    for label, each in groupby(sorted(rows, key=lambda row: row.label), key=lambda row: row.label):
        listed = list(each)
        np.random.default_rng(0).shuffle(listed)
        yield label, listed


def in_batches(items: Any, size: int) -> Iterator[list[Any]]:
    """Lists of so many items; the last may be shorter."""
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def crops(encoded: Sequence[bytes], random: np.random.Generator) -> NDArray[np.uint8]:
    """Decoded; a box of 8 to 100 % of the area and ratio 3/4 to 4/3, antialiased; half of them flipped."""
    return np.stack([_crop(data, random) for data in encoded])


def _crop(data: bytes, random: np.random.Generator) -> NDArray[Any]:
    import cv2
    import simplejpeg

    image = simplejpeg.decode_jpeg(data, "RGB", strict=False)
    height, width = image.shape[:2]
    area, ratio = random.uniform(0.08, 1) * height * width, np.exp(random.uniform(np.log(3 / 4), np.log(4 / 3)))
    wide, high = min(width, round(np.sqrt(area * ratio))), min(height, round(np.sqrt(area / ratio)))
    x, y = random.integers(width - wide + 1), random.integers(height - high + 1)
    how = cv2.INTER_AREA if wide >= SIZE and high >= SIZE else cv2.INTER_LINEAR
    out = cv2.resize(image[y : y + high, x : x + wide], (SIZE, SIZE), interpolation=how)
    return np.asarray(cv2.flip(out, 1) if random.random() < 0.5 else out)


def drawn_of(items: Sequence[Any], random: np.random.Generator) -> Drawn:
    rows, labels = ([int(item[name]) for item in items] for name in ("number", "label"))
    return Drawn(rows, labels, crops([item["image"] for item in items], random))
