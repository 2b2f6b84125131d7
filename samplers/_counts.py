"""What there is to balance: rows of each (class, source)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import SYNTHETIC


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """Rows of each cell; a cell is one (class, source) that has rows.

    Attributes:
        label: int64 (K,), class id, ascending.
        source: K strings.
        num_rows: int64 (K,), at least 1.
    """

    label: NDArray[np.int64]
    source: tuple[str, ...]
    num_rows: NDArray[np.int64]

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """int64 (C,): the class ids that have rows, ascending."""
        return np.unique(self.label)

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
