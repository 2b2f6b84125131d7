"""Running sums of an epoch: loss of the batch weights, and loss per cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Cells, TrainCell


class Progress:
    """Sums over the rows of an epoch so far; plain JSON through `state`, so that a resumed epoch reports the same.

    Args:
        cells: The plan's cells.
        per_cell: Whether to keep sums per cell, float64 (K,) each; wanted in a stage's last epoch.
    """

    def __init__(self, cells: Cells, /, *, per_cell: bool) -> None:
        self._cells = cells
        self._sums = np.zeros(3, np.float64)  # w l, w, rows
        size = len(cells.label) if per_cell else 0
        self._loss = np.zeros(size, np.float64)
        self._rows = np.zeros(size, np.float64)

    def add(
        self, losses: NDArray[Any], /, *, weights: NDArray[Any], rows: NDArray[np.int64], positions: NDArray[np.int64]
    ) -> None:
        """Count one batch; filler rows (position -1) do not count."""
        real = positions >= 0
        losses, weights = losses[real].astype(np.float64), weights[real].astype(np.float64)
        self._sums += (float((weights * losses).sum()), float(weights.sum()), float(real.sum()))
        if len(self._rows):
            cell = np.searchsorted(self._cells.start, rows[real], side="right") - 1
            self._loss += np.bincount(cell, weights=losses, minlength=len(self._loss))
            self._rows += np.bincount(cell, minlength=len(self._rows))

    def over_ranks(self, total: Callable[[NDArray[Any]], NDArray[Any]], /) -> None:
        """Add up the sums of all processes."""
        self._sums, self._loss, self._rows = total(self._sums), total(self._loss), total(self._rows)

    @property
    def loss(self) -> float:
        """sum(w l) / sum(w)."""
        return float(self._sums[0] / self._sums[1]) if self._sums[1] else 0.0

    @property
    def num_rows(self) -> int:
        """Rows counted."""
        return int(self._sums[2])

    def train_cells(self) -> list[TrainCell]:
        """Mean loss of each cell that was drawn from."""
        cells = self._cells
        return [
            TrainCell.model_validate(
                {
                    "class": int(cells.label[k]),
                    "source": cells.source[k],
                    "rows": int(cells.num_rows[k]),
                    "loss": float(self._loss[k] / self._rows[k]),
                }
            )
            for k in np.flatnonzero(self._rows)
        ]

    def state(self) -> dict[str, list[float]]:
        """Plain JSON types."""
        return {"sums": self._sums.tolist(), "loss": self._loss.tolist(), "rows": self._rows.tolist()}

    def load_state(self, state: dict[str, list[float]], /) -> None:
        """Take back what ``state`` gave."""
        self._sums = np.array(state["sums"], np.float64)
        if len(state["rows"]) == len(self._rows):
            self._loss, self._rows = np.array(state["loss"], np.float64), np.array(state["rows"], np.float64)
