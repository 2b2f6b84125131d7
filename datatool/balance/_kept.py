"""Rows as an audit counts them, kept in a file until their plan is written: list text is parsed once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from datatool.rows import Rows
from datatool.schemas import arrow_array, numpy_values

if TYPE_CHECKING:
    import pyarrow as pa

PLACES: Final = ("root", "file")  # codes that say nothing where there is one part
_FILE: Final = "kept.arrow"


def place_columns(rows: Rows, /) -> str:
    """SQL text of the codes of root and file, behind a comma; empty where all rows are of one part."""
    if len(rows.dataset.parts) == 1:
        return ""
    return "".join(f", enum_code({name})::INTEGER AS {name}" for name in PLACES)


class KeptRows:
    """What rows are sorted by cell with, in the order in which they were read.

    The file lies in the folder of the rows, and goes with it where nobody asks for `batches`.

    Args:
        rows: The data set.
        split: Which rows.

    Attributes:
        columns: SQL text of what `add` looks at beside the columns of a count.
    """

    def __init__(self, rows: Rows, /, *, split: str) -> None:
        import pyarrow as pa

        named = split.replace("'", "''")
        self.columns = f"path{place_columns(rows)}, split = '{named}' AS of_split"
        self._file = rows.scratch / _FILE
        number = pa.int32()
        places = [(name, number) for name in PLACES] if place_columns(rows) else []
        columns = [("path", pa.string()), ("label", number), ("source", pa.uint32()), *places, ("line", pa.int64())]
        self._schema = pa.schema(columns)
        self._writer: Any = pa.ipc.new_stream(str(self._file), self._schema)

    def add(self, batch: pa.RecordBatch, /) -> None:
        """Keep the rows of a batch that are of the split."""
        import pyarrow as pa

        of_split = numpy_values(batch.column("of_split"))
        if not of_split.any():
            return
        if not of_split.all():
            batch = batch.filter(arrow_array(of_split))
        label = arrow_array(numpy_values(batch.column("label")).astype(np.int32))  # a reader refuses larger ones
        arrays = [label if name == "label" else batch.column(name) for name in self._schema.names]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def batches(self, num_sources: int, /) -> Iterator[pa.RecordBatch]:
        """Path, label * num_sources + source as ``cell``, places and line; the file is gone afterwards."""
        import pyarrow as pa

        self._writer.close()
        names = ["path", "cell", *self._schema.names[3:]]
        with pa.OSFile(str(self._file)) as file, pa.ipc.open_stream(file) as stream:
            for batch in stream:
                path, label, source, *further = batch.columns
                cell = numpy_values(label).astype(np.int64) * num_sources + numpy_values(source)
                yield pa.RecordBatch.from_arrays([path, arrow_array(cell), *further], names=names)
        self._file.unlink()
