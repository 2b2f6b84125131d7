"""The demo's data set: real digits made scarce in some classes, and synthetic ones drawn from fonts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.demo._glyphs import draw_digit, enlarge
from datatool.schemas import require

NAMES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LARGEST: Final = 100  # real training digits of the most frequent class; each class has at least 174
IMBALANCE: Final = 50  # of the most frequent class to the rarest
NUM_TEST: Final = 50  # real test digits per class
NUM_SYNTHETIC: Final = 8  # synthetic training digits per class
NUM_PRETRAIN: Final = 200  # synthetic digits per class that the backbone learns from


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """Where the data set was written.

    Attributes:
        train: Dataset file: real and synthetic training rows, and the real test rows.
        pretrain: Dataset file: synthetic rows for the backbone.
        test: List of real test rows.
        by_count: Class ids, the most frequent first.
    """

    train: Path
    pretrain: Path
    test: Path
    by_count: tuple[int, ...]


def write_digits(folder: Path, /, *, seed: int) -> DemoData:
    """Write pictures, lists and dataset files; ``seed`` decides which classes are rare and which digits are taken.

    Raises:
        MissingDependencyError: Without scikit-learn, which brings the real digits.
    """
    random = np.random.default_rng(seed)
    by_count = tuple(random.permutation(len(NAMES)).tolist())
    train, test = _split_real(by_count, random)
    _write_list(folder, "train.txt", train)
    _write_list(folder, "test.txt", test)
    _write_list(folder, "synthetic.txt", _draw("synthetic", NUM_SYNTHETIC, random))
    _write_list(folder, "fonts.txt", _draw("fonts", NUM_PRETRAIN, random))
    (folder / "label_list.txt").write_text("".join(f"{label} {name}\n" for label, name in enumerate(NAMES)))
    (folder / "dataset.yaml").write_text(_DATASET)
    (folder / "fonts.yaml").write_text(_FONTS)
    return DemoData(
        train=folder / "dataset.yaml", pretrain=folder / "fonts.yaml", test=folder / "test.txt", by_count=by_count
    )


_DATASET: Final = """schema: datatool.dataset/1
names: label_list.txt
train:
  - {list: train.txt}
  - {list: synthetic.txt, source: synthetic}
test:
  - {list: test.txt}
"""
_FONTS: Final = """schema: datatool.dataset/1
names: label_list.txt
train:
  - {list: fonts.txt, source: synthetic}
"""

Picture = tuple[str, int, NDArray[np.uint8]]  # path under the folder, label, uint8 (32, 32)


def train_count(place: int, /) -> int:
    """Real training digits of the class at ``place`` in the order of frequency: an exponential tail.

    >>> [train_count(place) for place in (0, 4, 9)]
    [100, 18, 2]
    """
    share: float = IMBALANCE ** (-place / (len(NAMES) - 1))
    return round(LARGEST * share)


def _split_real(by_count: Iterable[int], random: np.random.Generator) -> tuple[list[Picture], list[Picture]]:
    digits = require("sklearn.datasets", extra="demo").load_digits()
    pixels = np.minimum(digits.images * 16, 255).astype(np.uint8)  # 17 grey levels
    train: list[Picture] = []
    test: list[Picture] = []
    for place, label in enumerate(by_count):
        chosen = random.permutation(np.flatnonzero(digits.target == label)).tolist()
        parts = [(test, "test", chosen[:NUM_TEST]), (train, "train", chosen[NUM_TEST:][: train_count(place)])]
        for pictures, split, rows in parts:
            pictures += [(f"real/{split}/{NAMES[label]}_{row:04d}.png", label, enlarge(pixels[row])) for row in rows]
    return train, test


def _draw(name: str, num_per_class: int, random: np.random.Generator) -> Iterator[Picture]:
    for label in range(len(NAMES)):
        for number in range(num_per_class):
            yield f"{name}/{NAMES[label]}_{number:04d}.png", label, draw_digit(label, random=random)


def _write_list(folder: Path, name: str, pictures: Iterable[Picture]) -> None:
    from PIL import Image

    lines = []
    for path, label, pixels in pictures:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / path, compress_level=1)
        lines.append(f"{path} {label}\n")
    (folder / name).write_text("".join(sorted(lines)))
