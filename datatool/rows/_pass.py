"""One pass over a run of parts: batches for a query, and remarks on what is in none of them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from datatool.rows._glob import unmatched
from datatool.rows._refuse import refuse_damaged
from datatool.rows._remarks import Remarks, batch_schema
from datatool.rows._respelled import spelling_of
from datatool.rows._splits import SPLITS
from datatool.rows._store import code_sql, codes_of, fixed_places, place_sql, store_remarks
from datatool.rows.readers import READERS, OpenedPart
from datatool.rows.remote import refuse_secrets
from datatool.schemas import ListedFile, arrow_array, numpy_values

_FLUSH: Final = 100_000  # remarks held in memory at most, about 50 MB
_AS_READ: Final = ("path", "label", "line")


def _nobody(batch: Any, /) -> None:
    """Who looks at batches that go to DuckDB, where none does."""


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
    """One pass over a run of parts: batches go to the query, remarks to their tables, and rows are counted.

    Args:
        connection: To the database.
        parts: The run.
        synthetic: Patterns of paths whose rows are synthetic.
        selected: Classes whose rows are wanted; None is all.
        wanted: Lines of the only part that matter, ascending; rows of others may be left out.
        keep: Whether remarks are kept, and rows counted: an earlier pass may have done it.
        failed: Gets what a reader raised.
    """

    def __init__(
        self,
        connection: Any,
        parts: Sequence[OpenedPart],
        /,
        *,
        synthetic: Sequence[str],
        selected: frozenset[int] | None,
        wanted: Any,
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
        self._selected = selected
        self._wanted = wanted
        self._keep = keep
        self._failed = failed
        self._remarks = Remarks()

    def query(self, sql: str, /, *, seen: Callable[[Any], None] = _nobody) -> Any:
        """A relation of DuckDB, of a query that names the rows once as ``$rows``; batches are shown on their way."""
        self._connection.register("incoming", self._stream(seen))
        return self._connection.sql(sql.replace("$rows", self._relation()))

    def batches(self, columns: Sequence[str], /, *, told: Mapping[str, str], size: int) -> Iterator[Any]:
        """See `Rows.batches`: only what differs from row to row and was not read goes through DuckDB."""
        if self._selected is not None:
            yield from self.query(columns_sql(columns, told)).to_arrow_reader(size)
            return
        fixed = self._fixed_codes(columns)
        asked = [name for name in columns if name not in fixed and name not in _AS_READ]
        if not asked and not told:
            yield from (_with_columns(batch, columns, fixed) for batch in self._stream())
            return
        read: deque[Any] = deque()
        relation = self.query(columns_sql(asked, told), seen=read.append)
        for batch, found in _beside(read, relation.to_arrow_reader(size)):
            yield _with_columns(batch, columns, fixed, found)

    def _fixed_codes(self, columns: Sequence[str]) -> dict[str, int]:
        """Codes of those columns that are the same in all rows."""
        opened, parts = self._parts[0], [each.part for each in self._parts]
        fixed = fixed_places(parts, self._synthetic, has_source=opened.has_source, has_split=opened.has_split)
        return codes_of(self._connection, {name: text for name, text in fixed.items() if name in columns})

    def _stream(self, seen: Callable[[Any], None] = _nobody) -> Any:
        """All batches, each of which is shown when it is on its way to DuckDB."""
        import pyarrow as pa

        def batches() -> Iterator[Any]:
            try:
                for number, opened in enumerate(self._parts):
                    if number:
                        self.flush(self._parts[number - 1])
                    with refuse_damaged(opened.part.path):
                        for batch in self._batches(opened):
                            self._look(batch, number)
                            seen(batch)
                            yield batch if len(self._parts) == 1 else _numbered(batch, number)
            except Exception as error:
                self._failed(error)
                raise

        opened = self._parts[0]
        schema = batch_schema(has_source=opened.has_source, has_split=opened.has_split)
        if len(self._parts) > 1:
            schema = schema.append(pa.field("part", pa.int32()))
        return pa.RecordBatchReader.from_batches(schema, batches())

    def _batches(self, opened: OpenedPart) -> Iterator[Any]:
        if opened.encoding is not None:
            self._remarks.note("W111", opened.encoding, line=1, text="")
        if self._wanted is None or opened.pick is None:
            return opened.batches(self._remarks)
        return opened.pick(self._wanted)

    def _look(self, batch: Any, number: int) -> None:
        opened = self._parts[number]
        if len(self._remarks) > _FLUSH:
            self.flush(opened)
        if not self._keep:
            return  # an earlier pass has looked
        self._count(batch, number)
        spelling = spelling_of(batch)
        self.outside = self.outside or spelling.outside
        if spelling.respelled:
            self.respelled = True
            refuse_secrets(batch, opened.part.path)
        if self.unmatched and opened.part.source is None:
            self.unmatched = unmatched(self.unmatched, batch.column("path"))

    def _relation(self) -> str:
        opened, parts = self._parts[0], [each.part for each in self._parts]
        place = place_sql(parts, self._synthetic, has_source=opened.has_source, has_split=opened.has_split)
        selected = self._selected
        kept = "" if selected is None else f" WHERE label IN ({', '.join(map(str, sorted(selected)))})"
        return f"(SELECT path, label, {place} FROM incoming{kept})"  # noqa: S608 - values are quoted

    def flush(self, opened: OpenedPart, /) -> None:
        """Write what was remarked of a part."""
        if self._keep:
            store_remarks(self._connection, opened.part, self._synthetic, self._remarks)
        self._remarks.clear()

    def _count(self, batch: Any, number: int) -> None:
        """Add the rows of a batch up by split."""
        chosen = None if self._selected is None else _chosen(batch, self._selected)
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


def columns_sql(columns: Sequence[str], told: Mapping[str, str], /) -> str:
    """A query for columns of rows, codes for texts of few values, and for what is told of each."""
    asked = [code_sql(name) for name in columns] + [f"{sql} AS {name}" for name, sql in told.items()]
    return f"SELECT {', '.join(asked)} FROM $rows"  # noqa: S608 - of our own making


def _beside(read: deque[Any], told: Any) -> Iterator[tuple[Any, Any]]:
    """Batches as they were read, each with what a query, which keeps their order, tells of its rows."""
    import pyarrow as pa

    waiting = None
    for batch in told:
        waiting = batch if waiting is None else pa.concat_batches([waiting, batch])
        while read and (num_rows := read[0].num_rows) <= waiting.num_rows:
            one = read.popleft()
            if num_rows:
                yield one, waiting.slice(0, num_rows)
                waiting = waiting.slice(num_rows)


def _with_columns(batch: Any, columns: Sequence[str], fixed: Mapping[str, int], told: Any = None) -> Any:
    """Columns of a batch, codes that all its rows have, and what was told of them."""
    import numpy as np
    import pyarrow as pa

    found = {name: arrow_array(np.full(batch.num_rows, code, np.uint32)) for name, code in fixed.items()}
    if told is not None:
        found |= dict(zip(told.schema.names, told.columns, strict=True))
    found = {name: found[name] if name in found else batch.column(name) for name in dict.fromkeys((*columns, *found))}
    return pa.RecordBatch.from_arrays([*found.values()], names=[*found])


def _numbered(batch: Any, number: int) -> Any:
    """A batch with the number of its part, from 1 as SQL counts."""
    import numpy as np

    return batch.append_column("part", arrow_array(np.full(batch.num_rows, number + 1, np.int32)))
