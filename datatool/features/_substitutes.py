"""Which rows stand in for those without a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Cells

NOBODY = -1  # no row of the cell has a picture


def substitutes(readable: NDArray[np.bool_], cells: Cells, /, *, views: int) -> dict[int, int]:
    """Place without a picture -> the row shown there: the next of its cell that has one, going around.

    That is the first readable row of those that `BalancedSampler.substitute` names one after the other.

    Args:
        readable: bool (num_rows * views,), at place row * views + view.
        cells: The plan's.
        views: Pictures of each row.
    """
    table = readable.reshape(-1, views)
    found: dict[int, int] = {}
    with_gaps = np.searchsorted(cells.start, np.flatnonzero(~table.all(axis=1)), side="right") - 1
    for cell in np.unique(with_gaps).tolist():
        rows = np.arange(int(cells.start[cell]), int(cells.start[cell + 1]))
        for view in range(views):
            has = table[rows, view]
            shown, gone = rows[has], rows[~has]
            stand_in = shown[np.searchsorted(shown, gone) % len(shown)] if len(shown) else np.full(len(gone), NOBODY)
            found.update(zip((gone * views + view).tolist(), stand_in.tolist(), strict=True))
    return found
