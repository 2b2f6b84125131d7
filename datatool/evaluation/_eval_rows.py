"""Rows to evaluate on, read from a list, table, folder or dataset file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import DatasetError, DatatoolError
from datatool.evaluation._classes import as_classes
from datatool.schemas import EVAL_SPLITS, TRAIN, join_place
from datatool.storage import locate, missing_first

if TYPE_CHECKING:
    from datatool.rows import Rows

_STDIN: Final = "-"
_OWN_COLUMNS: Final = ("source", "file")  # of rows, whatever they were read from


@dataclass(frozen=True, kw_only=True, eq=False)
class EvalRows:
    """Rows to evaluate on, in the order of their list.

    Attributes:
        path: Joined to its root.
        label: int64 (N,).
        source: N strings.
        file: Where the first row was listed, for messages.
        listed: (file, line) of each row, where they are known.
        columns: Further columns by name, N strings each.
    """

    path: list[str]
    label: NDArray[np.int64]
    source: NDArray[np.str_]
    file: str
    columns: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    listed: Sequence[tuple[str, int]] = ()

    def __len__(self) -> int:
        return len(self.path)

    def part(self, rank: int, world_size: int, /) -> NDArray[np.int64]:
        """Row numbers of one process."""
        return np.arange(rank, len(self), world_size)

    def some(self, source: str, count: int, /) -> EvalRows:
        """Up to ``count`` rows of a source, evenly over the list."""
        mine = np.flatnonzero(self.source == source)
        return self.at(mine[spread(len(mine), count)])

    def at(self, places: NDArray[np.int64], /) -> EvalRows:
        """The rows at these places."""
        return EvalRows(
            path=[self.path[row] for row in places.tolist()],
            label=self.label[places],
            source=self.source[places],
            file=self.file,
            columns={name: values[places] for name, values in self.columns.items()},
            listed=[self.listed[row] for row in places.tolist()] if self.listed else (),
        )


def spread(total: int, count: int, /) -> NDArray[np.int64]:
    """Up to ``count`` numbers, evenly over [0, total).

    >>> spread(10, 4).tolist(), spread(2, 4).tolist(), spread(0, 4).tolist()
    ([0, 3, 6, 9], [0, 1], [])
    """
    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(np.int64))


@contextmanager
def rows_of(dataset: str, base: Path, *, names: Path | str | None = None) -> Iterator[Rows]:
    """The rows of a DATASET."""
    from datatool.rows import open_rows, resolve

    if not dataset:
        raise DatasetError("a data set must be given; got ''", hint="name a list, table, folder or dataset file")
    resolved = resolve(dataset if dataset == _STDIN else join_place(base, dataset), names=names)
    with open_rows(resolved) as rows:
        yield rows


def eval_rows(
    dataset: str,
    /,
    *,
    base: Path,
    classes: Sequence[str] | None = None,
    names: Path | str | None = None,
    splits: Sequence[str] = EVAL_SPLITS,
    by: Sequence[str] = (),
) -> EvalRows:
    """Read the rows of a list, table, folder or dataset file.

    Of a data set with several splits the rows are those of the first of ``splits`` that it has.

    Args:
        dataset: DATASET.
        base: What a relative path is relative to.
        classes: Names of a run's classes, which labels become where the data set has names of its own.
        names: Names file of the data set; default: its own.
        splits: That may be meant, by default val, or test where there is no val.
        by: Columns to keep: `source`, `file`, or one of the tables that the rows are from.

    Raises:
        DatasetError: If there is no usable row, a class is none of ``classes``, or a column is not there.
    """
    with rows_of(dataset, base, names=names) as rows:
        chosen = _chosen_split(rows, dataset, splits)
        table = (
            rows.read()
            .execute(
                "SELECT root, path, label, source, file, line FROM rows "
                "WHERE $1 IS NULL OR split::VARCHAR = $1 ORDER BY file, line",
                [chosen],
            )
            .fetchall()
        )
        columns = {"source": [row[3] for row in table], "file": [row[4] for row in table]}
        columns |= {name: _cells(rows, name, table) for name in by if name not in _OWN_COLUMNS}
    if not table:
        raise DatasetError(f"a list to evaluate on must have usable rows; got '{dataset}'", hint="run datatool audit")
    file = str(table[0][4])
    label = np.array([row[2] for row in table], np.int64)
    if classes is not None and rows.names is not None:
        counted = rows.dataset.names is None and rows.dataset.found_names is None
        label = as_classes(label, rows.names, classes=classes, counted=counted, file=file)
    return EvalRows(
        path=[locate(row[0], row[1]) for row in table],
        label=label,
        source=np.array(columns["source"]),
        file=file,
        columns={name: np.array(columns[name], np.str_) for name in by},
        listed=[(sys.intern(row[4]), row[5]) for row in table],
    )


def own_val(dataset: str, /, *, base: Path) -> bool:
    """Whether a data set has rows to train on and a val split of its own.

    Standard input, which can be read only once, has none; what cannot be read is said where it is read to train on.
    """
    if dataset == _STDIN:
        return False
    try:
        with rows_of(dataset, base) as rows:
            found = {split for (split,) in rows.read().execute("SELECT DISTINCT split::VARCHAR FROM rows").fetchall()}
    except DatatoolError:
        return False
    return {TRAIN, EVAL_SPLITS[0]} <= found


def _chosen_split(rows: Rows, dataset: str, splits: Sequence[str]) -> str | None:
    """The split whose rows are meant; None for all rows of a data set with one."""
    found = {row[0] for row in rows.read().execute("SELECT DISTINCT split FROM rows").fetchall()}
    if len(found) < 2:
        return None
    chosen = next((split for split in splits if split in found), None)
    if chosen is None:
        raise DatasetError(
            f"a data set to evaluate on must have the split {' or '.join(splits)}; '{dataset}' has "
            f"{' and '.join(sorted(found))}",
            hint="name the list of that split alone",
        )
    return chosen


def _cells(rows: Rows, name: str, table: Sequence[tuple[Any, ...]]) -> list[str]:
    """What a column of tables holds for rows, of which file and line stand last; an empty text where a cell is empty.

    Raises:
        DatasetError: If no part is a table, or one has no such column.
    """
    column = rows.column(name)
    column.require(hint="write a first line with the names of the columns")
    cells: dict[tuple[str, int], str] = {}
    for read in column.read():
        file, line, value = (read.column(part).to_pylist() for part in ("file", "line", "value"))
        cells |= zip(zip(file, line, strict=True), value, strict=True)
    return [cells.get((row[-2], row[-1])) or "" for row in table]


def check_val(rows: EvalRows, /, *, class_num: int) -> None:
    """Labels against the model's classes, and the first paths.

    Raises:
        DatasetError: Naming the first label that is too large, or the root if no path exists.
    """
    beyond = np.flatnonzero(rows.label >= class_num)
    if len(beyond):
        first = int(beyond[0])
        file, line = rows.listed[first] if rows.listed else (rows.file, None)
        raise DatasetError(
            f"labels to evaluate on must be below class_num {class_num}; got {int(rows.label[first])} "
            f"for '{rows.path[first]}'",
            file=file,
            line=line,
            hint="train on a list with that class, or set model.class_num",
        )
    if missing := missing_first(rows.path):
        raise DatasetError(
            f"images to evaluate on must exist; none of the first {len(missing)} does, the first is '{missing[0]}'",
            file=rows.file,
            hint="paths of a list are relative to its folder",
        )
