"""What a pass over a part gives: batches of rows, and remarks on lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datatool.schemas import arrow_array, arrow_texts


@dataclass(kw_only=True)
class Remarks:
    """Faults, words and counted notes of one part.

    Attributes:
        faults: (code, line, text, reason) of each line that gave no row.
        words: (path, word, line, source or None, split or None) of each line whose label is a word.
        extras: (line, text, reason) of each row with more tokens than path and label (W110).
        notes: (code, reason) -> [count, line of the first, text of the first].
    """

    faults: list[tuple[str, int, str, str]] = field(default_factory=list)
    words: list[tuple[str, str, int, str | None, str | None]] = field(default_factory=list)
    extras: list[tuple[int, str, str]] = field(default_factory=list)
    notes: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many are held line by line."""
        return len(self.faults) + len(self.words) + len(self.extras)

    def clear(self) -> None:
        """Forget all but the counted notes."""
        for held in (self.faults, self.words, self.extras):
            held.clear()

    def add(self, other: Remarks, /) -> None:
        """Take over the remarks of later lines."""
        self.faults += other.faults
        self.words += other.words
        self.extras += other.extras
        for (code, reason), (count, line, text) in other.notes.items():
            self.note(code, reason, line=line, text=text, count=count)

    def taken(self) -> Remarks:
        """What was remarked so far, which is forgotten here, notes included."""
        taken = Remarks()
        taken.add(self)
        self.clear()
        self.notes.clear()
        return taken

    def note(self, code: str, reason: str, /, *, line: int, text: str, count: int = 1) -> None:
        """Count a remark; the first example is kept."""
        self.notes.setdefault((code, reason), [0, line, text])[0] += count


def batch_schema(*, has_source: bool = False, has_split: bool = False) -> Any:
    """The Arrow schema of a batch."""
    import pyarrow as pa

    fields = [("path", pa.string_view()), ("label", pa.int64()), ("line", pa.int64())]
    further = [("source", pa.string())] * has_source + [("split", pa.string())] * has_split
    return pa.schema(fields + further)


def rows_batch(rows: Iterable[tuple[Any, ...]], /, *, has_source: bool = False, has_split: bool = False) -> Any:
    """A record batch of tuples: path, label, line, and source and split where there are any."""
    import pyarrow as pa

    schema = batch_schema(has_source=has_source, has_split=has_split)
    path, label, line, *further = list(zip(*rows, strict=True)) or [()] * len(schema)
    numbers = [arrow_array(np.array(values, np.int64)) for values in (label, line)]
    texts = [arrow_texts(values, as_views=False) for values in further]
    return pa.RecordBatch.from_arrays([arrow_texts(path), *numbers, *texts], schema=schema)
