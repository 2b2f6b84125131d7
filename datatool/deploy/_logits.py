"""Logits of a list of pictures, and which of them could be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Logits:
    """What a model made of a list.

    Attributes:
        values: float32 (N, class_num); of a picture that cannot be read, those of a black one.
        read: bool (N,), whether the picture could be read.
    """

    values: NDArray[np.float32]
    read: NDArray[np.bool_]

    @classmethod
    def joined(cls, batches: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_]]], /) -> Self:
        """Of the values and marks of at least one batch."""
        values, read = zip(*batches, strict=True)
        return cls(values=np.concatenate(values), read=np.concatenate(read))
