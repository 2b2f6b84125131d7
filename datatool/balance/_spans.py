"""Where the bytes of rows are that lie in containers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from datatool.rows import Rows
from datatool.schemas import Container, PlanContainer, Span, relative_root
from datatool.storage import Members, NotInPlaceError, TablePlaces, is_container, members_of, table_places

SpanOf = Callable[[Members | TablePlaces, str], Span | None]
TABLE: Final = "spans"
_BATCH: Final = 50_000  # rows


def roots_of_rows(rows: Rows, chosen: Callable[[str], bool], /) -> list[str]:
    """Those of the chosen roots that have rows, sorted; rows are not read where no root is chosen."""
    held = [root for root in dict.fromkeys(str(part.root) for part in rows.dataset.parts) if chosen(root)]
    if not held:
        return []
    found = rows.read().execute(
        "SELECT DISTINCT root::VARCHAR FROM rows WHERE root IN (SELECT unnest(?)::root_enum) ORDER BY 1", [held]
    )
    return [root for (root,) in found.fetchall()]


class RowSpans:
    """The table ``spans`` (root, path, code, first, length) of rows in containers, in the database of the rows.

    Attributes:
        containers: In the order of ``code``; empty where every row is a file of its own.
        shrunk: How the packs among the roots made their pictures smaller; empty where none did.

    Args:
        rows: Read into their table where one of their roots is a container.
        span: Gives the place of a path in a container; None leaves the row without one.
    """

    def __init__(self, rows: Rows, /, *, span: SpanOf | None = None) -> None:
        self._span = span or (lambda places, path: places.span(path))
        self._codes: dict[Container, int] = {}
        self.shrunk: tuple[str, ...] = ()
        roots = roots_of_rows(rows, lambda root: is_container(root) or table_places(root) is not None)
        if not roots:
            return
        connection = rows.read()
        connection.execute(
            f"CREATE OR REPLACE TABLE {TABLE} (root VARCHAR, path VARCHAR, code INTEGER, first BIGINT, length BIGINT)"
        )
        for root in roots:
            places = members_of(root) if is_container(root) else table_places(root)
            if places is not None:
                self._add(connection, root, places)
            if isinstance(places, Members) and places.shrunk:
                self.shrunk += (places.shrunk,)

    @property
    def containers(self) -> list[Container]:
        return list(self._codes)

    def documents(self, out: Path, /) -> list[PlanContainer]:
        """The containers as a plan in a folder holds them."""
        return [
            PlanContainer(path=relative_root(path, out), size=size, mtime=mtime, etag=etag)
            for path, size, mtime, etag in self._codes
        ]

    def _add(self, connection: Any, root: str, places: Members | TablePlaces) -> None:
        import pyarrow as pa

        cursor = connection.cursor().execute("SELECT DISTINCT path FROM rows WHERE root::VARCHAR = ?", [root])
        while found := cursor.fetchmany(_BATCH):
            placed = [(path, span) for (path,) in found if (span := self._span(places, path)) is not None]
            columns = {
                "path": pa.array([path for path, _ in placed], pa.string()),
                "code": pa.array([self._code(span.container) for _, span in placed], pa.int32()),
                "first": pa.array([span.offset for _, span in placed], pa.int64()),
                "length": pa.array([span.length for _, span in placed], pa.int64()),
            }
            with connection.cursor() as inner:
                inner.register("placed", pa.table(columns))
                inner.execute(f"INSERT INTO {TABLE} SELECT ?, path, code, first, length FROM placed", [root])  # noqa: S608

    def _code(self, container: Container) -> int:
        return self._codes.setdefault(container, len(self._codes))


def rows_and_spans(rows: Rows, /) -> str:
    """A query for the rows, and where any lies in a container for the columns container, offset and length too.

    They are null for a file of its own, and for what cannot be read where it lies.
    """
    places = [container.path for container in RowSpans(rows, span=_span_in_place).containers]
    if not places:
        return "SELECT * FROM rows"
    rows.read().execute(
        "CREATE OR REPLACE TABLE held AS SELECT unnest(range(len($1))) AS code, unnest($1) AS path", [places]
    )
    return (
        f'SELECT r.*, h.path AS container, s.first AS "offset", s.length FROM rows r LEFT JOIN {TABLE} s '  # noqa: S608
        "ON s.root = r.root::VARCHAR AND s.path = r.path LEFT JOIN held h USING (code)"
    )


def _span_in_place(places: Members | TablePlaces, path: str) -> Span | None:
    try:
        return places.span(path)
    except NotInPlaceError:
        return None
