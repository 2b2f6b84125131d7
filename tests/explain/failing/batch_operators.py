"""One-hot targets as PaddleClas's MixupOperator makes them, in a file of the same name."""

from __future__ import annotations

import numpy as np


def mixup(batch: list[tuple[np.ndarray, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and their targets; the last label is beyond the last class."""
    labels = np.array([label for _, label in batch])
    labels[-1] = 7
    return np.stack([picture for picture, _ in batch]), np.eye(3)[labels]
