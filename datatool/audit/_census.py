"""The counts that every check looks at, taken in one pass over the rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from datatool.audit._counts import Counts
from datatool.rows import Rows
from datatool.schemas import TRAIN

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Labels = npt.NDArray[np.int64]
    Keys = npt.NDArray[np.uint64]

_BATCH: Final = 1 << 17  # rows counted at once: they stay in cache
_CELL: Final = ("label", "source", "split")

CellRows = Mapping[str, Mapping[int, Mapping[str, int]]]


@dataclass(frozen=True, kw_only=True)
class Images:
    """What tells the images of rows apart.

    Attributes:
        identity: SQL text over the rows that is equal where two are of one image.
        relation: The rows, to be selected from.
    """

    identity: str
    relation: str = "$rows"

    @classmethod
    def by_path(cls, rows: Rows, /) -> Images:
        """The text of their paths, as far as it was seen."""
        return cls(identity=rows.identity)


class Keeper(Protocol):
    """One who sees every row while rows are counted."""

    @property
    def columns(self) -> Sequence[str]:
        """What is wanted of `Rows.batches` beside label, source, split and line."""

    def add(self, batch: Any, /) -> None:
        """Take a batch of rows, which come in the order of their reader."""


@dataclass(frozen=True, kw_only=True)
class Census:
    """Rows per split, class and source.

    Attributes:
        splits: Splits that were given, in order.
        cells: split -> class -> source -> rows; splits and classes with rows only.
        class_num: Largest id + 1 over all splits, class folders and given names, since the final layer has an output
            per id from 0 up; 0 without rows.
        repeated: Hashes of images that are listed more than once, ascending.
        repeated_lines: For each part the lines of their rows, ascending; None where rows lie in their table.
    """

    splits: tuple[str, ...] = ()
    cells: CellRows = field(default_factory=dict)
    class_num: int = 0
    repeated: Keys | None = None
    repeated_lines: list[Labels] | None = None

    @classmethod
    def take(cls, rows: Rows, /, *, images: Images | None = None, keeper: Keeper | None = None) -> Census:
        """Count the rows in one pass, or in two where paths turn out to be spelled in ways that must be undone.

        Args:
            rows: The data set.
            images: What tells images apart; None is their paths.
            keeper: Sees every row once.
        """
        chosen = images or Images.by_path(rows)
        counts = _count(rows, chosen, keeper)
        if images is None and chosen != Images.by_path(rows):  # which a pass over the rows has changed
            counts = _count(rows, Images.by_path(rows), None)
        repeated = counts.repeated()
        cells = counts.cells(rows.values("split"), rows.values("source"))
        ids = set().union(*cells.values())
        return cls(
            splits=rows.splits,
            cells=cells,
            class_num=rows.class_num(min(ids), max(ids)) if ids else 0,
            repeated=repeated,
            repeated_lines=counts.lines_of(repeated) if len(repeated) and not rows.is_read else None,
        )

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Ids that have rows in any split, ascending."""
        return tuple(sorted(set().union(*self.cells.values())))

    @cached_property
    def num_rows(self) -> int:
        """Usable rows over all splits."""
        return sum(sum(sources.values()) for classes in self.cells.values() for sources in classes.values())

    @property
    def missing_id_count(self) -> int:
        """Ids below class_num that have no row."""
        return self.class_num - len(self.ids)

    def missing_ranges(self, limit: int, /) -> list[tuple[int, int]]:
        """The first ``limit`` runs of missing ids, both ends included."""
        return list(itertools.islice(gaps((*self.ids, self.class_num)), limit))

    def missing_ids(self, limit: int, /) -> list[int]:
        """The first ``limit`` missing ids."""
        found: list[int] = []
        for first, last in self.missing_ranges(limit):
            found.extend(range(first, min(last + 1, first + limit - len(found))))
            if len(found) == limit:
                break
        return found

    @cached_property
    def main_split(self) -> str | None:
        """The split that is trained on: train, or the only one."""
        if TRAIN in self.splits:
            return TRAIN
        return self.splits[0] if len(self.splits) == 1 else None

    @property
    def main(self) -> Mapping[int, Mapping[str, int]]:
        """Rows per class and source of the main split."""
        return {} if self.main_split is None else self.cells.get(self.main_split, {})

    @cached_property
    def totals(self) -> dict[int, int]:
        """Rows per class of the main split."""
        return {label: sum(sources.values()) for label, sources in self.main.items()}

    @property
    def imbalance_ratio(self) -> float | None:
        """Largest over smallest class of the main split."""
        return max(self.totals.values()) / min(self.totals.values()) if self.totals else None


def count_cells(rows: Rows, /) -> CellRows:
    """Rows as they are now: split -> class -> source -> rows, classes ascending and sources in their table's order."""
    counts = Counts()
    for batches in rows.batches(_CELL, size=_BATCH):
        for batch in batches:
            counts.add_cells(batch)
    return counts.cells(rows.values("split"), rows.values("source"))


def _count(rows: Rows, images: Images, keeper: Keeper | None) -> Counts:
    counts = Counts(keep_lines=not rows.is_read)
    columns = (*_CELL, "line", *(() if keeper is None else keeper.columns))
    told = {"key": f"hash({images.identity})"}
    for batches in rows.batches(columns, size=_BATCH, told=told, relation=images.relation):
        counts.open_part()
        for batch in batches:
            counts.add(batch)
            if keeper is not None:
                keeper.add(batch)
    return counts


def gaps(ids: Iterable[int], /, *, start: int = 0) -> Iterator[tuple[int, int]]:
    """Runs of numbers from ``start`` on that are none of these, which ascend; both ends included.

    >>> list(gaps([2, 3, 7], start=1))
    [(1, 1), (4, 6)]
    """
    expected = start
    for label in ids:
        if label > expected:
            yield expected, label - 1
        expected = max(expected, label + 1)
