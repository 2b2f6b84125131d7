"""Sentences about many classes that stay short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SHOWN = 10  # class ids in a sentence; a plan may have 100,000


def classes_text(classes: NDArray[np.int64], /) -> str:
    """Class ids as text, the first few and how many.

    >>> classes_text(np.array([3]))
    'class 3'
    >>> classes_text(np.arange(4000))
    '4,000 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...)'
    """
    if len(classes) == 1:
        return f"class {classes[0]}"
    shown = ", ".join(str(one) for one in classes[:_SHOWN].tolist())
    return f"{len(classes):,} classes ({shown}{', ...' if len(classes) > _SHOWN else ''})"
