"""Running sums of an epoch: loss of the batch weights, and loss per cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Cells, TrainCell


class EpochSums:
    """Sums over the rows of an epoch so far; plain JSON through `state`, so that a resumed epoch reports the same.

    Attributes:
        num_rows: Rows counted.

    Args:
        cells: The plan's cells.
        per_cell: Whether to keep sums per cell, float64 (K,) each; wanted in a stage's last epoch.
    """

    def __init__(self, cells: Cells, /, *, per_cell: bool) -> None:
        self._cells = cells
        self._weighted_loss = 0.0
        self._weight = 0.0
        self.num_rows = 0
        size = len(cells.label) if per_cell else 0
        self._cell_loss = np.zeros(size, np.float64)
        self._cell_rows = np.zeros(size, np.float64)

    def add(
        self, losses: NDArray[Any], /, *, weights: NDArray[Any], rows: NDArray[np.int64], positions: NDArray[np.int64]
    ) -> None:
        """Count one batch; filler rows (position -1) do not count."""
        real = positions >= 0
        losses, weights = losses[real].astype(np.float64), weights[real].astype(np.float64)
        self._weighted_loss += float((weights * losses).sum())
        self._weight += float(weights.sum())
        self.num_rows += int(real.sum())
        if len(self._cell_rows):
            cell = np.searchsorted(self._cells.start, rows[real], side="right") - 1
            self._cell_loss += np.bincount(cell, weights=losses, minlength=len(self._cell_loss))
            self._cell_rows += np.bincount(cell, minlength=len(self._cell_rows))

    def over_ranks(self, total: Callable[[NDArray[Any]], NDArray[Any]], /) -> None:
        """Add up the sums of all processes."""
        self._take(total(self._whole()))
        self._cell_loss, self._cell_rows = total(self._cell_loss), total(self._cell_rows)

    @property
    def loss(self) -> float:
        """sum(w l) / sum(w)."""
        return self._weighted_loss / self._weight if self._weight else 0.0

    def train_cells(self) -> list[TrainCell]:
        """Mean loss of each cell that was drawn from."""
        cells = self._cells
        return [
            TrainCell.model_validate(
                {
                    "class": int(cells.label[k]),
                    "source": cells.source[k],
                    "rows": int(cells.num_rows[k]),
                    "loss": float(self._cell_loss[k] / self._cell_rows[k]),
                }
            )
            for k in np.flatnonzero(self._cell_rows)
        ]

    def state(self) -> dict[str, list[float]]:
        """Plain JSON types."""
        return {"sums": self._whole().tolist(), "loss": self._cell_loss.tolist(), "rows": self._cell_rows.tolist()}

    def load_state(self, state: dict[str, list[float]], /) -> None:
        """Take back what ``state`` gave."""
        self._take(np.array(state["sums"], np.float64))
        if len(state["rows"]) == len(self._cell_rows):
            self._cell_loss = np.array(state["loss"], np.float64)
            self._cell_rows = np.array(state["rows"], np.float64)

    def _whole(self) -> NDArray[np.float64]:
        return np.array([self._weighted_loss, self._weight, self.num_rows], np.float64)

    def _take(self, whole: NDArray[np.float64]) -> None:
        self._weighted_loss, self._weight, self.num_rows = float(whole[0]), float(whole[1]), int(whole[2])
