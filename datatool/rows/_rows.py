"""The rows of a data set: a stream in one pass, or a table in a DuckDB database of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.rows._pass import Pass, columns_sql, listed, runs_of
from datatool.rows._respelled import identity_sql
from datatool.rows._stated import headers_stated, names_shown
from datatool.rows._store import values_of
from datatool.rows.columns._further import FurtherColumn, further_columns
from datatool.rows.columns._groups import Grouping, groups_by_column, groups_by_pattern
from datatool.rows.names._file import is_shifted
from datatool.rows.names._settle import sorted_names
from datatool.rows.readers import OpenedPart
from datatool.schemas import Dataset, DatasetError, ListedFile, plural

_LOG: Final = logging.getLogger("datatool.rows")
_NOTHING: Final[Mapping[str, str]] = {}


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
    kept_N   file, line, value                               cells of a further column, after `keep`
    ======== ==============================================  ============================================

    Nothing is read before it is asked for. `scan` runs a query over the rows in one pass without keeping them, which is
    how the audit sees 43 million rows in little memory; `read` fills the tables. ``remarks``, ``files``,
    ``splits`` and ``may_leave_root`` tell what the first of these passes saw, so they are there once one was made.

    Attributes:
        dataset: What was opened.
        scratch: A folder for files that are not needed any more when the rows are closed.
        names: Class names by id, where a names file or class folders give them.
        grouped: A sentence on the groups that `group` found.
        kept: Names of the further columns that `keep` loaded; the first lies in the table ``kept_0``.
        failure: What a reader raised; DuckDB, which asked it for rows, passes on no more than its text.
    """

    def __init__(
        self,
        connection: Any,
        parts: Sequence[OpenedPart],
        /,
        *,
        dataset: Dataset,
        scratch: Path,
        names: Mapping[int, str] | None = None,
        selected: frozenset[int] | None = None,
    ) -> None:
        self.dataset = dataset
        self.scratch = scratch
        self.names = names
        self.failure: Exception | None = None
        self._selected = selected
        self._connection = connection
        self._parts = parts
        self.grouped: str | None = None
        self.kept: tuple[str, ...] = ()
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
    def is_read(self) -> bool:
        """Whether every row lies in the table."""
        return self._filled

    @property
    def is_cheap_to_pass(self) -> bool:
        """Whether a further pass costs less than keeping the rows: all of them stand in list text."""
        return not self._filled and all(opened.pick is not None for opened in self._parts)

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
            groups_by_column(connection, self.column(by.column))
        [(groups, rows)] = connection.execute("SELECT count(DISTINCT name), count(*) FROM row_groups").fetchall()
        [(total,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
        if total and not rows:
            raise DatasetError(f"a grouping must put a row into a group; got none with {' '.join(by.words)}")
        self.grouped = f"groups: {groups:,}, of {plural(rows, 'row')}; {plural(total - rows, 'row')} of no group"

    def column(self, name: str, /) -> FurtherColumn:
        """A further column of the tables, by its name, case aside; nothing is read before it is asked for."""
        return FurtherColumn(name, self._parts)

    def keep(self, names: Sequence[str], /) -> None:
        """Load further columns that a copy of the data set is to have too.

        Raises:
            DatasetError: If a table has no such column, or it is one that rows have a place for.
        """
        columns = {column.name: column for column in map(self._kept_column, names)}
        for at, column in enumerate(columns.values()):
            column.load(self.read(), f"kept_{at}", "value")
        self.kept = tuple(columns)

    @property
    def further(self) -> tuple[str, ...]:
        """Names of the columns of tables that rows have no place for and that a copy can keep."""
        return further_columns(self._parts)

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
        return (*said, *headers_stated(self._parts))

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

    def is_selected(self, label: int, /) -> bool:
        """Whether `select:` keeps a class, as everything is where there is none."""
        return self._selected is None or label in self._selected

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
        else:
            yield from (source.query(sql) for source in self._passes(lines))

    def batches(
        self, columns: Sequence[str], /, *, size: int, told: Mapping[str, str] = _NOTHING, relation: str = "$rows"
    ) -> Iterator[Iterator[Any]]:
        """Go over the rows in one pass: columns as they were read, and what SQL tells of each row.

        Args:
            columns: Of path, label and line, and of source, split, root and file, which come as codes (uint32).
            size: Rows that DuckDB gives at once.
            told: Further columns, as SQL text over those of the table.
            relation: What to select from where the table is filled.

        Yields:
            Record batches, an iterator per part, per run of containers, or one in all where the table is filled. It is
            to be exhausted before the next is asked for.
        """
        if self._filled:
            sql = columns_sql(columns, told).replace("$rows", relation).replace("$rows", "rows")
            yield self._connection.sql(sql).to_arrow_reader(size)
        else:
            yield from (source.batches(columns, told=told, size=size) for source in self._passes(None))

    def values(self, column: str, /) -> list[str]:
        """The values that source, split, root or file may have, by their codes."""
        return values_of(self._connection, column)

    def _passes(self, lines: Sequence[Any] | None) -> Iterator[Pass]:
        """A pass over each run of parts, which is to be made before the next is asked for."""
        first = self._files is None
        files = []
        for number, parts in runs_of(self._parts):
            source = Pass(
                self._connection,
                parts,
                synthetic=self.dataset.synthetic,
                selected=self._selected,
                wanted=None if lines is None else lines[number],
                keep=first,
                failed=self._fail,
            )
            yield source
            self._connection.unregister("incoming")
            source.flush(parts[-1])
            self._outside = self._outside or source.outside
            self._respelled = self._respelled or source.respelled
            self._unmatched = [pattern for pattern in self._unmatched if pattern in source.unmatched]
            files += [each for opened, rows in zip(parts, source.rows, strict=True) for each in listed(opened, rows)]
        self._files = self._files or tuple(files)
        if first:
            for pattern in self._unmatched:
                _LOG.warning(
                    "--synthetic '%s' matches no path as the lists have it: it makes no row synthetic", pattern
                )

    def _kept_column(self, name: str) -> FurtherColumn:
        column = self.column(name)
        column.require(hint="lists and folders have no further columns")
        found = {each.lower(): each for each in self.further}.get(name.strip().lower())
        if found is None:
            raise DatasetError(
                f"a column that is kept must be none of path, label, source and split; got '{name}'",
                hint="these are kept unasked; one that has such a name and holds something else must be renamed",
            )
        return self.column(found)

    def _fail(self, failure: Exception, /) -> None:
        self.failure = failure
