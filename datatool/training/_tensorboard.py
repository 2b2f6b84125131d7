"""TensorBoard: `tensorboard --logdir RUN/tensorboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datatool.schemas import MetricsLine, require
from datatool.training._tracked_figures import tracked_figures


class TensorBoard:
    """An event file in the run folder, written by TensorBoard's own package; TensorFlow is not needed."""

    def __init__(self, folder: Path, /) -> None:
        self._writer: Any = require("tensorboard.summary", extra="tensorboard").Writer(str(folder / "tensorboard"))

    def log(self, line: MetricsLine, /) -> None:
        """One scalar for each figure, by step; on disk when this returns, so that a killed run loses none."""
        for name, value in tracked_figures(line).items():
            self._writer.add_scalar(name, value, line.step)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
