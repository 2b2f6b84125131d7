"""The rows of a data set: a stream in one pass, or a table in a DuckDB database of their own."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from datatool.rows._glob import unmatched
from datatool.rows._groups import Grouping, groups_by_column, groups_by_pattern
from datatool.rows._refuse import refuse_damaged
from datatool.rows._remarks import Remarks, batch_schema
from datatool.rows._respelled import identity_sql, may_be_respelled
from datatool.rows._splits import SPLITS
from datatool.rows._store import place_sql, store_remarks
from datatool.rows.names._file import is_shifted
from datatool.rows.names._settle import sorted_names
from datatool.rows.readers import READERS, OpenedPart
from datatool.schemas import Dataset, DatasetError, ListedFile, Part, arrow_array, escaped, numpy_values

_LOG: Final = logging.getLogger("datatool.rows")
_MOST_NAMES: Final = 8  # names of classes that are stated
_FLUSH: Final = 100_000  # remarks held in memory at most, about 50 MB


def columns_text(columns: Mapping[str, str], /) -> str:
    """Columns of a table as they are stated.

    >>> columns_text({"path": "image_id", "label": "label"})
    'image_id as path, label as label'
    """
    return ", ".join(f"{name} as {role}" for role, name in columns.items())


def names_shown(names: Mapping[int, str], /) -> str:
    """The first class names with their ids, as they are stated.

    >>> names_shown({0: "cat", 1: "dog"})
    '0 cat, 1 dog'
    """
    some = [f"{label} {escaped(name)}" for label, name in itertools.islice(names.items(), _MOST_NAMES)]
    return ", ".join([*some, *(["..."] if len(names) > _MOST_NAMES else [])])


class Rows:
    """Every row and every fault of a data set, ready for SQL.

    Tables of the database that `read` gives:

    ======== ==============================================  ============================================
    rows     path, label, source, split, root, file, line    usable rows; source, split, root and file are
                                                             enumerations, which compare as text
    faults   code, file, line, text, reason                  one per line that gave no row (E1xx, W112)
    words    path, word, source, split, root, file, line     rows whose label is a word (E107)
    notes    code, file, line, text, reason, count           remarks on usable rows: W110 line by line,
                                                             I109 counted by kind with the first line
    row_     file, line, name                                rows that belong together, after `group`
    groups
    ======== ==============================================  ============================================

    Nothing is read before it is asked for. `scan` runs a query over the rows in one pass without keeping them, which is
    how the audit sees 43 million rows in little memory; `read` fills the tables. ``remarks``, ``files``,
    ``splits`` and ``may_leave_root`` tell what the first of these passes saw, so they are there once one was made.

    Attributes:
        dataset: What was opened.
        names: Class names by id, where a names file or class folders give them.
        grouped: A sentence on the groups that `group` found.
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
        reopen: Callable[[Part], OpenedPart],
    ) -> None:
        self.dataset = dataset
        self.names = names
        self.failure: Exception | None = None
        self._selected = selected
        self._connection = connection
        self._parts = parts
        self._reopen = reopen
        self.grouped: str | None = None
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

    def group(self, by: Grouping, /) -> None:
        """Make the table ``row_groups``, unless nothing is to be grouped.

        Raises:
            DatasetError: If no row has a group.
        """
        if not by:
            return
        connection = self.read()
        if by.pattern is not None:
            groups_by_pattern(connection, by.pattern)
        elif by.column is not None:
            groups_by_column(connection, self._parts, by.column, reopen=self._reopen)
        [(groups, rows)] = connection.execute("SELECT count(DISTINCT name), count(*) FROM row_groups").fetchall()
        [(total,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
        if total and not rows:
            raise DatasetError(f"a grouping must put a row into a group; got none with {' '.join(by.words)}")
        self.grouped = f"groups: {groups:,}, of {rows:,} rows; {total - rows:,} rows belong to none"

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
    def stated(self) -> tuple[str, ...]:
        """What was settled by looking at the data, in sentences: headers, and columns of tables."""
        said = []
        if self.dataset.found_names is not None:
            said.append(f"class names from {self.dataset.found_names}, found beside the list")
        if self.sorted_names is not None:
            said.append(f"ids from the sorted {self.sorted_names} names: {names_shown(self.names or {})}")
        columns: dict[str, list[str]] = {}
        for opened in self._parts:
            if opened.columns is not None:
                columns.setdefault(columns_text(opened.columns), []).append(opened.part.path)
            elif opened.header is not None:
                said.append(f"{opened.part.path}: the first line is a header: '{opened.header}'")
        for text, files in columns.items():
            more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
            said.append(f"{files[0]}{more}: columns: {text}")
        return tuple(said)

    @property
    def folder_classes(self) -> Mapping[str, int]:
        """Classes that have a folder, with or without images: name -> id."""
        ids = {name: label for label, name in (self.names or {}).items()}
        return {name: ids[name] for opened in self._parts for name in opened.folders}

    @property
    def labels_are_names(self) -> bool:
        """Whether labels of a table are class names, whose ids this data set gave them."""
        return any(opened.class_names is not None and not opened.folders for opened in self._parts)

    @property
    def sorted_names(self) -> str | None:
        """What the names were sorted of that give classes their ids; None where something else gives them."""
        if not sorted_names(self.dataset, self._parts):
            return None
        return "folder" if all(opened.folders for opened in self._parts) else "class"

    def class_num(self, first: int, last: int, /) -> int:
        """How many outputs a model needs whose smallest and largest id with rows are these.

        Class folders count, and names that a user gave, unless they are shifted against the ids; names of a file that
        was merely found do not.
        """
        counted = set(self.folder_classes.values())
        if self.dataset.names is not None and self.names and not is_shifted(self.names, first, last):
            counted |= self.names.keys()
        if self._selected is not None:
            counted &= self._selected
        return max(last, *counted) + 1 if counted else last + 1

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that were given, by an input or by a column of one, in order."""
        return tuple(dict.fromkeys(file.split for file in self.files))

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
    def place(self) -> str:
        """SQL text over the columns path and root: the normalised absolute path, links not followed."""
        return identity_sql(dict.fromkeys(str(part.root) for part in self.dataset.parts), respelled=True)

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
            A DuckDB relation per part, per run of containers, or one in all where the table is filled; None for a
            statement without a result. It is to be fetched before the next is asked for.
        """
        if self._filled:
            yield self._connection.sql(sql.replace("$rows", "rows"))
            return
        first = self._files is None
        files = []
        for number, parts in _runs(self._parts):
            source = _Pass(self._connection, parts, synthetic=self.dataset.synthetic, keep=first, failed=self._fail)
            wanted = None if lines is None else lines[number]
            self._connection.register("incoming", source.stream(self._selected, wanted))
            yield self._connection.sql(sql.replace("$rows", source.relation(self._selected)))
            self._connection.unregister("incoming")
            source.flush(parts[-1])
            self._outside = self._outside or source.outside
            self._respelled = self._respelled or source.respelled
            self._unmatched = [pattern for pattern in self._unmatched if pattern in source.unmatched]
            files += [each for opened, rows in zip(parts, source.rows, strict=True) for each in _listed(opened, rows)]
        self._files = self._files or tuple(files)
        if first:
            for pattern in self._unmatched:
                _LOG.warning(
                    "--synthetic '%s' matches no path as the lists have it: it makes no row synthetic", pattern
                )

    def _fail(self, failure: Exception, /) -> None:
        self.failure = failure


def _runs(parts: Sequence[OpenedPart]) -> Iterator[tuple[int, list[OpenedPart]]]:
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


def _listed(opened: OpenedPart, rows: Mapping[str, int]) -> list[ListedFile]:
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


class _Pass:
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
        self.respelled = False
        self.unmatched: Sequence[str] = synthetic
        self._connection = connection
        self._parts = parts
        self._synthetic = synthetic
        self._keep = keep
        self._failed = failed
        self._remarks = Remarks()

    @property
    def outside(self) -> bool:
        return self._remarks.outside

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
        self._count(batch, number, selected)
        self.respelled = self.respelled or may_be_respelled(batch)
        if self._keep and self.unmatched and opened.part.source is None:
            self.unmatched = unmatched(self.unmatched, batch.column("path"))
        if len(self._remarks) > _FLUSH:
            self.flush(opened)

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
        kept = batch if selected is None else _selected(batch, selected)
        opened, rows = self._parts[number], self.rows[number]
        if not opened.has_split:
            rows[opened.part.split] = rows.get(opened.part.split, 0) + kept.num_rows
            return
        for counted in kept.column("split").value_counts().to_pylist():
            rows[counted["values"]] = rows.get(counted["values"], 0) + counted["counts"]


def _selected(batch: Any, selected: frozenset[int]) -> Any:
    """The rows of a batch whose class is one of these."""
    import numpy as np

    return batch.filter(arrow_array(np.isin(numpy_values(batch.column("label")), list(selected))))


def _numbered(batch: Any, number: int) -> Any:
    """A batch with the number of its part, from 1 as SQL counts."""
    import numpy as np

    return batch.append_column("part", arrow_array(np.full(batch.num_rows, number + 1, np.int32)))
