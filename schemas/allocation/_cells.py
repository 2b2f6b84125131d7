"""The cells of a data set, and of a plan: one (class, source) each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datatool.schemas._rows import SYNTHETIC


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """Rows of each cell, before anything is balanced; a cell is one (class, source) that has rows.

    Attributes:
        label: int64 (K,), class id, ascending.
        source: K strings.
        num_rows: int64 (K,), at least 1.
    """

    label: NDArray[np.int64]
    source: tuple[str, ...]
    num_rows: NDArray[np.int64]

    @staticmethod
    def of(rows: Mapping[int, Mapping[str, int]], /) -> Counts:
        """Counts from class id -> source -> rows; what has no rows is no cell.

        >>> Counts.of({1: {"real": 2}, 0: {"synthetic": 5, "real": 3, "web": 0}}).source
        ('real', 'synthetic', 'real')
        """
        cells = [(label, source, rows[label][source]) for label in sorted(rows) for source in sorted(rows[label])]
        cells = [cell for cell in cells if cell[2]]
        return Counts(
            label=np.array([label for label, _, _ in cells], np.int64),
            source=tuple(source for _, source, _ in cells),
            num_rows=np.array([num_rows for _, _, num_rows in cells], np.int64),
        )

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """int64 (C,): the class ids that have rows, ascending."""
        ordered: NDArray[np.int64] = np.sort(self.label)  # `np.unique` would import the masked arrays: 30 ms
        found: NDArray[np.int64] = ordered[np.diff(ordered, prepend=-1) != 0]
        return found

    @cached_property
    def class_index(self) -> NDArray[np.int64]:
        """int64 (K,): place of each cell's class in ``classes``."""
        return np.searchsorted(self.classes, self.label)

    @cached_property
    def class_rows(self) -> NDArray[np.float64]:
        """float64 (C,): rows of each class."""
        return self.per_class(self.num_rows)

    @cached_property
    def synthetic(self) -> NDArray[np.bool_]:
        """Bool (K,): cells of the source `synthetic`."""
        return np.array([source == SYNTHETIC for source in self.source], np.bool_)

    @property
    def total(self) -> int:
        """Rows of all cells."""
        return int(self.num_rows.sum())

    def per_class(self, values: NDArray[np.generic], /) -> NDArray[np.float64]:
        """Sum values of cells (K,) over each class, float64 (C,)."""
        return np.bincount(self.class_index, weights=values, minlength=len(self.classes)).astype(np.float64)

    def spread(self, class_mass: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Divide the mass of each class (C,) over its cells in proportion to their rows, float64 (K,)."""
        shares: NDArray[np.float64] = class_mass[self.class_index] * self.num_rows / self.class_rows[self.class_index]
        return shares


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells(Counts):
    """The cells of a plan, in the order of its index.

    Attributes:
        quota: int64 (K,), draws in epoch 0.
        weight: float64 (K,), what one draw counts in the loss.
    """

    quota: NDArray[np.int64]
    weight: NDArray[np.float64]

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """int64 (K + 1,): the first row of each cell in the index, then the number of rows."""
        return np.concatenate([[0], np.cumsum(self.num_rows)])

    def of_rows(self, first: int, last: int, /) -> tuple[slice, NDArray[np.int64]]:
        """The cells of the rows from ``first`` to before ``last``, and how many of these rows each has.

        >>> cells = Cells(label=np.arange(2), source=("real",) * 2, num_rows=np.array([3, 4]), quota=np.ones(2),
        ...     weight=np.ones(2))
        >>> cells.of_rows(1, 5)
        (slice(0, 2, None), array([2, 2]))
        """
        low, high = int(np.searchsorted(self.start, first, side="right")) - 1, int(np.searchsorted(self.start, last))
        edges = np.clip(self.start[low : high + 1], first, last)
        return slice(low, high), edges[1:] - edges[:-1]
