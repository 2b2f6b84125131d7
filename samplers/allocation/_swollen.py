"""Which classes synthetic rows have blown up: one rule for what `audit` finds and what `balance` advises."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas.allocation import median

_TIMES_MEDIAN: Final = 3.0  # "several times" in question 4.1 of the PaddleClas FAQ, 2021 season 1
_TIMES_REAL: Final = 3.0  # Azizi et al., TMLR 2023, found gains up to so many synthetic rows for a real one


def swollen_by_synthetic(class_rows: NDArray[np.generic], synthetic_rows: NDArray[np.generic], /) -> NDArray[np.bool_]:
    """Classes of at least 3x the median rows whose synthetic rows are at least 3x their others.

    Args:
        class_rows: Numbers (C,), C at least 1: rows of each class, whatever their source.
        synthetic_rows: Numbers (C,), how many of them are synthetic.

    Returns:
        Bool (C,).

    >>> swollen_by_synthetic(np.array([90, 10, 20]), np.array([80, 0, 0]))
    array([ True, False, False])
    """
    rows, synthetic = class_rows.astype(np.float64), synthetic_rows.astype(np.float64)
    is_large = rows >= _TIMES_MEDIAN * median(rows)
    swollen: NDArray[np.bool_] = is_large & (synthetic > 0) & (synthetic >= _TIMES_REAL * (rows - synthetic))
    return swollen
