"""Rows as an audit counts them, kept in a file until their plan is written: list text is parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datatool.balance.by_cell._pieces import PLACES, Pieces
from datatool.rows import Rows
from datatool.schemas import arrow_array, numpy_values

if TYPE_CHECKING:
    import pyarrow as pa

_FILE: Final = "kept.rows"


def place_columns(rows: Rows, /) -> str:
    """SQL text of the codes of root and file, behind a comma; empty where all rows are of one part."""
    return "".join(f", enum_code({name})::INTEGER AS {name}" for name in places_of(rows))


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
        columns: SQL text of what `add` looks at beside the columns of a count.
        pieces: The rows.
    """

    def __init__(self, rows: Rows, /, *, split: str) -> None:
        named = split.replace("'", "''")
        self.columns = f"path{place_columns(rows)}, split = '{named}' AS of_split"
        self.pieces = Pieces(rows.scratch / _FILE, places=places_of(rows))

    def add(self, batch: pa.RecordBatch, /) -> None:
        """Keep the rows of a batch that are of the split."""
        of_split = numpy_values(batch.column("of_split"))
        self.pieces.add(batch if of_split.all() else batch.filter(arrow_array(of_split)))
