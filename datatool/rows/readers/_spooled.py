"""What was parsed from a text, kept for the passes that follow: parsing costs more than everything after it."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datatool.rows._remarks import Remarks
from datatool.rows.readers._chunks import Chunk, coded_texts


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
                    batch = _coded(chunk.columns)
                    writer = writer or pa.ipc.new_stream(sink, batch.schema)
                    writer.write_batch(batch)
                    _put(remarks, (_lines(chunk), chunk.is_utf8), notes)
                    yield Chunk(columns=batch, lines=chunk.lines, is_utf8=chunk.is_utf8)
                _put(remarks, None, notes)
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
                        heard, (lines, is_utf8) = pickle.load(notes)  # noqa: S301 - written above, by this process
                        remarks.add(heard)
                        numbers = np.arange(*lines) if isinstance(lines, tuple) else lines
                        yield Chunk(columns=batch, lines=numbers, is_utf8=is_utf8)
            remarks.add(pickle.load(notes)[0])  # noqa: S301


def _coded(columns: Any) -> Any:
    """The columns with labels as codes, as most chunks have them: a stream has columns of one type."""
    import pyarrow as pa

    at = columns.schema.get_field_index("label")
    if at < 0 or pa.types.is_dictionary(columns.column(at).type):
        return columns
    return columns.set_column(at, "label", coded_texts(columns.column(at)))


def _lines(chunk: Chunk) -> Any:
    """The lines of a chunk; only the first and the one after the last where they follow each other."""
    lines = chunk.lines
    if not len(lines) or int(lines[-1]) - int(lines[0]) != len(lines) - 1:
        return lines
    return int(lines[0]), int(lines[-1]) + 1


def _put(remarks: Remarks, beside: Any, notes: Any) -> None:
    """Write remarks down and forget them, with what else is told of a chunk."""
    pickle.dump((remarks.taken(), beside), notes)
