"""`--synthetic-share S`: the synthetic part of each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.allocation._text import classes_text
from datatool.schemas.allocation import Counts


def set_synthetic_share(
    ideal: NDArray[np.float64], counts: Counts, share: float, /
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Divide each class anew: ``share`` of its draws synthetic, the rest over its other sources as before.

    Classes that have only one kind of rows cannot be divided: they keep their draws and are reported.

    Args:
        ideal: float64 (K,).
        counts: The cells.
        share: In [0, 1].

    Returns:
        float64 (K,) with the same class totals, and what could not be met.
    """
    made = counts.per_class(counts.synthetic) > 0
    real = counts.per_class(~counts.synthetic) > 0
    total = counts.per_class(ideal)
    kind_rows = np.where(
        counts.synthetic, counts.num_rows, counts.per_class(counts.num_rows * ~counts.synthetic)[counts.class_index]
    )
    kind_share = np.where(counts.synthetic, share, 1 - share)
    divided = total[counts.class_index] * kind_share * counts.num_rows / kind_rows
    notes = []
    if share > 0 and (missing := counts.classes[~made]).size:
        notes.append(f"synthetic share {share:g} cannot be met without synthetic rows: {classes_text(missing)}")
    if share < 1 and (missing := counts.classes[~real]).size:
        notes.append(f"synthetic share {share:g} cannot be met without real rows: {classes_text(missing)}")
    return np.where((made & real)[counts.class_index], divided, ideal), tuple(notes)
