"""A further column of tables, which rows do not have: of groups, of slices, of parents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from datatool.rows._refuse import refuse_damaged
from datatool.rows.columns._roles import no_column, place_of, role_of
from datatool.rows.readers import OpenedPart
from datatool.schemas import DatasetError


class FurtherColumn:
    """A column of the tables of a data set, by its name, case aside; lists and folders have none.

    Attributes:
        name: As it was asked for.
    """

    def __init__(self, name: str, parts: Sequence[OpenedPart], /) -> None:
        self.name = name
        self._parts = parts
        self._places = {
            opened.part.path: place_of(opened.header_names, name, file=opened.part.path) for opened in self._tables
        }

    @property
    def lacking(self) -> tuple[str, ...]:
        """The parts that have no such column, tables or not."""
        return tuple(one.part.path for one in self._parts if self._places.get(one.part.path) is None)

    def require(self, *, hint: str) -> None:
        """Refuse tables without it.

        Args:
            hint: The way on where there is no table at all.

        Raises:
            DatasetError: If no part is a table, or one of the tables has no such column.
        """
        if not self._tables:
            raise DatasetError(
                f"a column can only be named of a table with a header; got '{self.name}' and no table",
                file=self._parts[0].part.path,
                hint=hint,
            )
        for opened in self._tables:
            if self._places[opened.part.path] is None:
                raise no_column(opened.header_names, self.name, file=opened.part.path)

    def read(self) -> Iterator[Any]:
        """One pass over every table that has it.

        Yields:
            Arrow tables with the columns file, line and value, the latter text without blanks around it, or null where
            a cell is empty. Lines that give no row may be among them.
        """
        import pyarrow as pa

        for opened in self._tables:
            place = self._places[opened.part.path]
            if place is None or opened.column is None:
                continue
            with refuse_damaged(opened.part.path):
                for lines, values in opened.column(place):
                    file = pa.repeat(opened.part.path, len(lines))
                    yield pa.table([file, pa.array(lines), values], names=["file", "line", "value"])

    def load(self, connection: Any, table: str, value: str, /) -> None:
        """Make a table (file, line, ``value``) of the cells that are not empty and whose lines gave a row.

        Args:
            connection: With the table ``rows``.
            table: Name of the new table.
            value: Name of its column of values.
        """
        connection.execute(f"CREATE OR REPLACE TABLE {table} (file VARCHAR, line BIGINT, {value} VARCHAR)")
        for cells in self.read():
            connection.register("cells", cells)
            connection.execute(f"INSERT INTO {table} SELECT file, line, value FROM cells WHERE value IS NOT NULL")  # noqa: S608 - names are ours
            connection.unregister("cells")
        connection.execute(f"DELETE FROM {table} WHERE (file, line) NOT IN (SELECT (file::VARCHAR, line) FROM rows)")  # noqa: S608

    @property
    def _tables(self) -> list[OpenedPart]:
        return [opened for opened in self._parts if opened.column is not None]


def further_columns(parts: Sequence[OpenedPart], /) -> tuple[str, ...]:
    """Names of the columns of tables that rows have no place for, case aside, in order.

    Those whose names would be read as something else beside a column `path` and a column `label` are not among them.
    """
    names = [
        name.strip()
        for opened in parts
        if opened.column is not None
        for name in opened.header_names
        if name.strip() not in ("", *(opened.columns or {}).values())
    ]
    return tuple({name.lower(): name for name in names if _is_keepable(name)}.values())


def _is_keepable(name: str) -> bool:
    return name.lower() not in ("path", "label") and role_of(name) not in ("source", "split")
