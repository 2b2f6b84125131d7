"""Small pictures of three classes, and small nets for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BACKBONES = Path(__file__).with_name("small_nets.py")
TRAIN = (24, 8, 4)
VAL = (6, 6, 6)


def write_lists(folder: Path, /) -> None:
    """24 x 24 JPEGs whose colour tells the class, noisily; `train.txt` and `val.txt`."""
    import cv2

    generator = np.random.default_rng(0)
    (folder / "pictures").mkdir()
    for name, counts in (("train", TRAIN), ("val", VAL)):
        lines = []
        for label, count in enumerate(counts):
            for index in range(count):
                path = f"pictures/{name}_{label}_{index}.jpg"
                picture: NDArray[Any] = generator.integers(0, 160, (24, 24, 3))
                picture[..., label] += 60
                cv2.imwrite(str(folder / path), picture.astype(np.uint8))
                lines.append(f"{path} {label}\n")
        (folder / f"{name}.txt").write_text("".join(lines))
