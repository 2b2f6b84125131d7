"""The rows of a data set: a stream in one pass, or a table in a DuckDB database of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from datatool.rows._glob import unmatched
from datatool.rows._refuse import refuse_damaged
from datatool.rows._remarks import Remarks, batch_schema
from datatool.rows._respelled import identity_sql, may_be_respelled
from datatool.rows._store import place_sql, store_remarks
from datatool.rows.readers import OpenedPart
from datatool.schemas import Dataset, ListedFile

_LOG: Final = logging.getLogger("datatool.rows")
_FLUSH: Final = 100_000  # remarks held in memory at most, about 50 MB


class Rows:
    """Every row and every fault of a data set, ready for SQL.

    Tables of the database that `read` gives:

    ======== ==============================================  ============================================
    rows     path, label, source, split, root, file, line    usable rows; source, split, root and file are
                                                             enumerations, which compare as text
    faults   code, file, line, text, reason                  one per line that gave no row (E1xx)
    words    path, word, source, split, root, file, line     rows whose label is a word (E107)
    notes    code, file, line, text, reason, count           remarks on usable rows: W110 line by line,
                                                             I109 counted by kind with the first line
    ======== ==============================================  ============================================

    Nothing is read before it is asked for. `scan` runs a query over the rows in one pass without keeping them, which is
    how the audit sees 43 million rows in little memory; `read` fills the tables. ``remarks``, ``files`` and
    ``may_leave_root`` tell what the first of these passes saw, so they are there once one was made.

    Attributes:
        dataset: What was opened.
        names: Class names by id, where a names file or class folders give them.
        failure: What a reader raised; DuckDB, which asked it for rows, passes on no more than its text.
    """

    def __init__(
        self,
        connection: Any,
        parts: Sequence[OpenedPart],
        /,
        *,
        dataset: Dataset,
        names: Mapping[int, str] | None = None,
        selected: frozenset[int] | None = None,
    ) -> None:
        self.dataset = dataset
        self.names = names
        self.failure: Exception | None = None
        self._selected = selected
        self._connection = connection
        self._parts = parts
        self._files: tuple[ListedFile, ...] | None = None
        self._filled = False
        self._outside = False
        self._respelled = False
        self._unmatched: list[str] = list(dataset.synthetic)

    def read(self) -> Any:
        """Read every row into the tables, unless that was done, and give the DuckDB connection to them."""
        if not self._filled:
            for _ in self.scan("INSERT INTO rows SELECT path, label, source, split, root, file, line FROM $rows"):
                pass
            self._filled = True
        return self._connection

    @property
    def remarks(self) -> Any:
        """The connection, where a pass has filled every table but perhaps ``rows``."""
        assert self._files is not None
        return self._connection

    @property
    def files(self) -> tuple[ListedFile, ...]:
        """The inputs as they were read."""
        assert self._files is not None
        return self._files

    @property
    def may_leave_root(self) -> bool:
        """False where no path is absolute or holds `..`; True where one may be."""
        return self._outside

    @property
    def may_be_respelled(self) -> bool:
        """False where no path holds `./`, `../` or `//`; True where one may."""
        return self._respelled

    @property
    def identity(self) -> str:
        """SQL text over the columns path and root that is equal where paths name one image, by what was seen so far."""
        return identity_sql(dict.fromkeys(str(part.root) for part in self.dataset.parts), respelled=self._respelled)

    @property
    def num_lines(self) -> int:
        """Usable rows and lines that gave none, counted as they were read."""
        [(faults,)] = self.remarks.execute("SELECT count(*) FROM faults").fetchall()
        return sum(file.rows for file in self.files) + int(faults)

    def scan(self, sql: str, /, *, lines: Sequence[Any] | None = None) -> Iterator[Any]:
        """Run a query over the rows in one pass.

        Args:
            sql: A query that names the rows once as ``$rows``, with the columns of the table.
            lines: For each part the lines that matter, ascending; rows of other lines may be left out.

        Yields:
            A DuckDB relation per part, or one in all where the table is filled; None for a statement without a
            result. It is to be fetched before the next is asked for.
        """
        if self._filled:
            yield self._connection.sql(sql.replace("$rows", "rows"))
            return
        first = self._files is None
        files = []
        for number, opened in enumerate(self._parts):
            source = _Pass(self._connection, opened, synthetic=self.dataset.synthetic, keep=first, failed=self._fail)
            wanted = None if lines is None else lines[number]
            self._connection.register("incoming", source.stream(self._selected, wanted))
            yield self._connection.sql(sql.replace("$rows", source.relation(self._selected)))
            self._connection.unregister("incoming")
            source.flush()
            self._outside = self._outside or source.outside
            self._respelled = self._respelled or source.respelled
            self._unmatched = [pattern for pattern in self._unmatched if pattern in source.unmatched]
            part = opened.part
            files.append(ListedFile(path=part.path, split=part.split, rows=source.rows, separator=opened.separator))
        self._files = self._files or tuple(files)
        if first:
            for pattern in self._unmatched:
                _LOG.warning(
                    "--synthetic '%s' matches no path as the lists have it: it makes no row synthetic", pattern
                )

    def _fail(self, failure: Exception, /) -> None:
        self.failure = failure


class _Pass:
    """One pass over one part: batches go to the query, remarks to their tables, and rows are counted."""

    def __init__(
        self,
        connection: Any,
        opened: OpenedPart,
        /,
        *,
        synthetic: Sequence[str],
        keep: bool,
        failed: Callable[[Exception], None],
    ) -> None:
        self.rows = 0
        self.respelled = False
        self.unmatched: Sequence[str] = synthetic
        self._connection = connection
        self._opened = opened
        self._synthetic = synthetic
        self._keep = keep
        self._failed = failed
        self._remarks = Remarks()

    @property
    def outside(self) -> bool:
        return self._remarks.outside

    def stream(self, selected: frozenset[int] | None, wanted: Any) -> Any:
        import pyarrow as pa

        opened = self._opened

        def batches() -> Iterator[Any]:
            picked = None if wanted is None or opened.pick is None else opened.pick(wanted)
            try:
                with refuse_damaged(opened.part.path):
                    for batch in opened.batches(self._remarks) if picked is None else picked:
                        self.rows += batch.num_rows if selected is None else _count(batch, selected)
                        self.respelled = self.respelled or may_be_respelled(batch)
                        if self._keep and self.unmatched and opened.part.source is None:
                            self.unmatched = unmatched(self.unmatched, batch.column("path"))
                        if len(self._remarks) > _FLUSH:
                            self.flush()
                        yield batch
            except Exception as error:
                self._failed(error)
                raise

        return pa.RecordBatchReader.from_batches(batch_schema(has_source=opened.has_source), batches())

    def relation(self, selected: frozenset[int] | None) -> str:
        place = place_sql(self._opened.part, self._synthetic, has_source=self._opened.has_source)
        kept = "" if selected is None else f" WHERE label IN ({', '.join(map(str, sorted(selected)))})"
        return f"(SELECT path, label, {place} FROM incoming{kept})"  # noqa: S608 - values are quoted

    def flush(self) -> None:
        if self._keep:
            store_remarks(self._connection, self._opened.part, self._synthetic, self._remarks)
        self._remarks.clear()


def _count(batch: Any, selected: frozenset[int]) -> int:
    import numpy as np

    return int(np.isin(batch.column("label").to_numpy(), list(selected)).sum())
