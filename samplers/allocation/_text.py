"""Sentences about many classes that stay short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.schemas.allocation import Counts

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


def cells_text(counts: Counts, chosen: NDArray[np.bool_], /) -> str:
    """Chosen cells as text, the first few and how many.

    >>> counts = Counts.of({0: {"real": 9}, 2: {"real": 1, "web": 3}})
    >>> cells_text(counts, np.array([False, True, True]))
    '2 cells (real of class 2, web of class 2)'
    """
    places = np.flatnonzero(chosen).tolist()
    shown = ", ".join(f"{counts.source[place]} of class {counts.label[place]}" for place in places[:_SHOWN])
    if len(places) == 1:
        return shown
    return f"{len(places):,} cells ({shown}{', ...' if len(places) > _SHOWN else ''})"
