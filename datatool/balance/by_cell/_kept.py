"""Rows as an audit counts them, kept in a file until their plan is written: list text is parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from datatool.balance.by_cell._pieces import PLACES, Pieces, in_order, views_at
from datatool.rows import Rows
from datatool.schemas import arrow_array, numpy_values

if TYPE_CHECKING:
    import pyarrow as pa

_FILE: Final = "kept.rows"


def places_of(rows: Rows, /) -> tuple[str, ...]:
    """Columns of places that rows may differ in."""
    return () if len(rows.dataset.parts) == 1 else PLACES


class KeptRows:
    """Rows of a split, sorted in pieces in the order in which they were read.

    The file lies in the folder of the rows, and goes with it where nobody closes ``pieces``.

    Args:
        rows: The data set.
        split: Which rows.

    Attributes:
        columns: What `add` looks at beside the columns of a count.
        pieces: The rows.
    """

    def __init__(self, rows: Rows, /, *, split: str) -> None:
        self._split = rows.values("split").index(split)
        self.columns = ("path", *places_of(rows))
        self.pieces = Pieces(rows.scratch / _FILE, places=places_of(rows))

    def add(self, batch: pa.RecordBatch, /) -> None:
        """Keep the rows of a batch that are of the split."""
        of_split = numpy_values(batch.column("split")) == self._split
        if of_split.all():
            self.pieces.add(batch)
        elif of_split.any():
            self.pieces.add(_rows_at(batch, np.flatnonzero(of_split)))


def _rows_at(batch: pa.RecordBatch, at: NDArray[np.int64]) -> pa.RecordBatch:
    """Some rows of a batch, whose paths are strings or views of them, and all else numbers."""
    import pyarrow as pa

    path = batch.column("path")
    numbers = {name: arrow_array(numpy_values(batch.column(name))[at]) for name in batch.schema.names if name != "path"}
    path = views_at(path, at) if str(path.type) == "string_view" else in_order(path, at)
    return pa.RecordBatch.from_arrays([path, *numbers.values()], names=["path", *numbers])
