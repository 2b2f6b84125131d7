"""One pass over a run of parts: batches for a query, and remarks on what is in none of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from datatool.rows._glob import unmatched
from datatool.rows._refuse import refuse_damaged
from datatool.rows._remarks import Remarks, batch_schema
from datatool.rows._respelled import spelling_of
from datatool.rows._splits import SPLITS
from datatool.rows._store import place_sql, store_remarks
from datatool.rows.readers import READERS, OpenedPart
from datatool.rows.remote import refuse_secrets
from datatool.schemas import ListedFile, arrow_array, numpy_values

_FLUSH: Final = 100_000  # remarks held in memory at most, about 50 MB


def runs_of(parts: Sequence[OpenedPart], /) -> Iterator[tuple[int, list[OpenedPart]]]:
    """Parts that one query reads, with the number of the first: of shards there are thousands, a query for each costs.

    Lines that matter are picked from parts that stand alone only.
    """
    number = 0
    for _, run in itertools.groupby(enumerate(parts), key=_run_key):
        found = [opened for _, opened in run]
        yield number, found
        number += len(found)


def _run_key(numbered: tuple[int, OpenedPart]) -> tuple[object, ...]:
    number, opened = numbered
    if opened.pick is not None or not READERS[opened.part.kind].holds_images:
        return (number,)
    return opened.part.split, opened.part.source


def listed(opened: OpenedPart, rows: Mapping[str, int], /) -> list[ListedFile]:
    """A part as it was read, once for each of its splits."""
    part = opened.part
    return [
        ListedFile(
            path=part.path,
            split=split,
            rows=rows.get(split, 0),
            separator=opened.separator,
            header=opened.header,
            columns=None if opened.columns is None else dict(opened.columns),
        )
        for split in ([split for split in SPLITS if rows.get(split)] or [part.split])
    ]


class Pass:
    """One pass over a run of parts: batches go to the query, remarks to their tables, and rows are counted."""

    def __init__(
        self,
        connection: Any,
        parts: Sequence[OpenedPart],
        /,
        *,
        synthetic: Sequence[str],
        keep: bool,
        failed: Callable[[Exception], None],
    ) -> None:
        self.rows: list[dict[str, int]] = [{} for _ in parts]
        self.outside = False
        self.respelled = False
        self.unmatched: Sequence[str] = synthetic
        self._connection = connection
        self._parts = parts
        self._synthetic = synthetic
        self._keep = keep
        self._failed = failed
        self._remarks = Remarks()

    def stream(self, selected: frozenset[int] | None, wanted: Any) -> Any:
        import pyarrow as pa

        def batches() -> Iterator[Any]:
            try:
                for number, opened in enumerate(self._parts):
                    if number:
                        self.flush(self._parts[number - 1])
                    with refuse_damaged(opened.part.path):
                        for batch in self._batches(opened, wanted):
                            self._look(batch, number, selected)
                            yield batch if len(self._parts) == 1 else _numbered(batch, number)
            except Exception as error:
                self._failed(error)
                raise

        opened = self._parts[0]
        schema = batch_schema(has_source=opened.has_source, has_split=opened.has_split)
        if len(self._parts) > 1:
            schema = schema.append(pa.field("part", pa.int32()))
        return pa.RecordBatchReader.from_batches(schema, batches())

    def _batches(self, opened: OpenedPart, wanted: Any) -> Iterator[Any]:
        if opened.encoding is not None:
            self._remarks.note("W111", opened.encoding, line=1, text="")
        if wanted is None or opened.pick is None:
            return opened.batches(self._remarks)
        return opened.pick(wanted)

    def _look(self, batch: Any, number: int, selected: frozenset[int] | None) -> None:
        opened = self._parts[number]
        if len(self._remarks) > _FLUSH:
            self.flush(opened)
        if not self._keep:
            return  # an earlier pass has looked
        self._count(batch, number, selected)
        spelling = spelling_of(batch)
        self.outside = self.outside or spelling.outside
        if spelling.respelled:
            self.respelled = True
            refuse_secrets(batch, opened.part.path)
        if self.unmatched and opened.part.source is None:
            self.unmatched = unmatched(self.unmatched, batch.column("path"))

    def relation(self, selected: frozenset[int] | None) -> str:
        opened, parts = self._parts[0], [each.part for each in self._parts]
        place = place_sql(parts, self._synthetic, has_source=opened.has_source, has_split=opened.has_split)
        kept = "" if selected is None else f" WHERE label IN ({', '.join(map(str, sorted(selected)))})"
        return f"(SELECT path, label, {place} FROM incoming{kept})"  # noqa: S608 - values are quoted

    def flush(self, opened: OpenedPart, /) -> None:
        """Write what was remarked of a part."""
        if self._keep:
            store_remarks(self._connection, opened.part, self._synthetic, self._remarks)
        self._remarks.clear()

    def _count(self, batch: Any, number: int, selected: frozenset[int] | None) -> None:
        """Add the rows of a batch up by split."""
        chosen = None if selected is None else _chosen(batch, selected)
        opened, rows = self._parts[number], self.rows[number]
        if not opened.has_split:
            split = opened.part.split
            rows[split] = rows.get(split, 0) + (batch.num_rows if chosen is None else chosen.true_count)
            return
        splits = batch.column("split") if chosen is None else batch.column("split").filter(chosen)
        for counted in splits.value_counts().to_pylist():
            rows[counted["values"]] = rows.get(counted["values"], 0) + counted["counts"]


def _chosen(batch: Any, selected: frozenset[int]) -> Any:
    """Which rows of a batch have one of these classes, as Arrow booleans."""
    import numpy as np

    return arrow_array(np.isin(numpy_values(batch.column("label")), list(selected)))


def _numbered(batch: Any, number: int) -> Any:
    """A batch with the number of its part, from 1 as SQL counts."""
    import numpy as np

    return batch.append_column("part", arrow_array(np.full(batch.num_rows, number + 1, np.int32)))
