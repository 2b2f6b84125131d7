"""What is the same for every data set: where its rows come from, its splits, and its rows as tables."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from datatool.errors import ConfigError
from datatool.front._tables import html_table
from datatool.rows import Rows, open_rows
from datatool.schemas import Dataset, is_url, to_pandas

if TYPE_CHECKING:
    from datatool.schemas import RepairDocument

_LOG: Final = logging.getLogger("datatool.front")
AnyPath = str | os.PathLike[str]
_SUMMARY: Final = """
    SELECT split::VARCHAR AS split, source::VARCHAR AS source, count(*) AS rows, count(DISTINCT label) AS classes
    FROM rows GROUP BY ALL ORDER BY ALL
"""


class DataBase:
    """Rows of a data set, whatever is done with them.

    Attributes:
        dataset: Where its rows come from.
        given: What it was read from, for the names of what is made of it.
        repair: How it was made, where `relabel`, `clean` or `split` made it: rows, what was left out, class_num.
    """

    def __init__(
        self,
        dataset: Dataset,
        /,
        *,
        given: str,
        keep: object = None,
        is_rootless: bool = False,
        is_all: bool = True,
        repair: RepairDocument | None = None,
    ) -> None:
        self.dataset = dataset
        self.given = given
        self.repair = repair
        self._keep = keep  # the temporary folder that rows lie in
        self._is_all = is_all  # whether no split is left out
        self._is_rootless = is_rootless  # from memory and without a root: absolute paths are what there is

    @contextlib.contextmanager
    def open(self) -> Iterator[Rows]:
        """The rows, for SQL; what was settled by looking at the data is logged."""
        with open_rows(self.dataset) as rows:
            for sentence in rows.stated:
                _LOG.info("%s", sentence)
            yield rows

    def only(self, split: str, /) -> Self:
        """The rows of one split that inputs of its own gave.

        Raises:
            ConfigError: If there is no such split.
        """
        parts = tuple(part for part in self.dataset.parts if part.split == split)
        if not parts:
            known = ", ".join(dict.fromkeys(part.split for part in self.dataset.parts))
            raise ConfigError(f"a split must be one of {known}; got '{split}'")
        is_all = parts == self.dataset.parts
        dataset, given = dataclasses.replace(self.dataset, parts=parts), self.given if is_all else split
        return self._like(dataset, given=given, is_all=is_all, repair=self.repair)

    def as_path(self) -> str | None:
        """The absolute path that says all about this data set; None where there is none."""
        is_whole = shlex.split(self.dataset.command) == [self.given] and self._is_all
        return os.path.abspath(self.given) if is_whole and os.path.exists(self.given) else None

    def to_arrow(self) -> Any:
        """Usable rows as a `pyarrow.Table`: path, label, source, split, root, file, line.

        ``path`` is large_string, as in the index of a plan; ``label`` and ``line`` are int64, the others dictionaries.
        Where any image lies in a container, ``container`` (dictionary), ``offset`` and ``length`` (int64, bytes)
        follow; they are null for a file of its own, and for what cannot be read where it lies.
        """
        import pyarrow as pa

        from datatool.balance import rows_and_spans

        with self.open() as rows:
            table = rows.read().sql(f"{rows_and_spans(rows)} ORDER BY file, line").to_arrow_table()
        table = table.set_column(0, "path", table.column("path").cast(pa.large_string()))
        if "container" not in table.column_names:
            return table
        return table.set_column(7, "container", table.column("container").cast(pa.dictionary(pa.int32(), pa.string())))

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        return to_pandas(self.to_arrow())

    def __repr__(self) -> str:
        return f"<Data: {', '.join(f'{part.split} {part.path}' for part in self.dataset.parts)}>"

    def _repr_html_(self) -> str:
        with open_rows(self.dataset) as rows:
            table = rows.read().sql(_SUMMARY).to_arrow_table()
        return html_table(table, caption=repr(self))

    def _outside(self, given: bool | None) -> bool:
        return self._is_rootless if given is None else given

    def _like(
        self,
        dataset: Dataset,
        *,
        given: str,
        is_all: bool = True,
        repair: RepairDocument | None = None,
        keep: object = None,
    ) -> Self:
        return type(self)(
            dataset,
            given=given,
            keep=(self._keep, keep),
            is_rootless=self._is_rootless,
            is_all=is_all and self._is_all,
            repair=repair,
        )


def say_groups(rows: Rows, /) -> None:
    """State how rows were grouped, where they were."""
    if rows.grouped is not None:
        _LOG.info("%s", rows.grouped)


def place_or_none(given: AnyPath | None, /) -> Path | str | None:
    """The same, or a URL as it is."""
    return str(given) if is_url(given) else path_or_none(given)


def path_or_none(given: AnyPath | None, /) -> Path | None:
    """A path of a user as one of our own."""
    return None if given is None else Path(given)
