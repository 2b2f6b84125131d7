"""What was parsed from a text, kept for the passes that follow: parsing costs more than everything after it."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from datatool.rows._remarks import Remarks
from datatool.rows.readers._chunks import Chunk
from datatool.schemas import arrow_array, numpy_values


class Spooled:
    """Chunks and remarks of one pass, in two files of a folder that is removed when the rows are closed.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path, /) -> None:
        handle, name = tempfile.mkstemp(prefix="parsed-", dir=folder)
        os.close(handle)
        self._chunks = Path(name)
        self._remarks = self._chunks.with_suffix(".remarks")

    def keep(
        self, read: Callable[[Mapping[str, int], Remarks], Iterator[Chunk]], /
    ) -> Callable[[Mapping[str, int], Remarks], Iterator[Chunk]]:
        """The same pass, written down on the way."""

        def kept(places: Mapping[str, int], remarks: Remarks) -> Iterator[Chunk]:
            import pyarrow as pa

            writer = None
            with pa.OSFile(str(self._chunks), "wb") as sink, self._remarks.open("wb") as notes:
                for chunk in read(places, remarks):
                    batch = chunk.columns.append_column("line", arrow_array(chunk.lines))
                    writer = writer or pa.ipc.new_stream(sink, batch.schema)
                    writer.write_batch(batch)
                    _put(remarks, notes)
                    yield chunk
                _put(remarks, notes)
                if writer is not None:
                    writer.close()

        return kept

    def read(self, remarks: Remarks, /) -> Iterator[Chunk]:
        """What was kept, once more."""
        import pyarrow as pa

        with self._remarks.open("rb") as notes:
            if self._chunks.stat().st_size:
                with pa.OSFile(str(self._chunks)) as source, pa.ipc.open_stream(source) as reader:
                    for batch in reader:
                        remarks.add(pickle.load(notes))  # noqa: S301 - written above, by this process
                        yield Chunk(columns=batch.drop_columns(["line"]), lines=numpy_values(batch.column("line")))
            remarks.add(pickle.load(notes))  # noqa: S301


def _put(remarks: Remarks, notes: Any) -> None:
    """Write remarks down and forget them, notes included."""
    pickle.dump(remarks, notes)
    remarks.clear()
    remarks.notes.clear()
