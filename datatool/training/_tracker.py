"""Where figures go beside `metrics.jsonl`: anything with two methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from datatool.errors import ConfigError
from datatool.schemas import MetricsLine, nearest, require
from datatool.training._mlflow import MLflow
from datatool.training._tensorboard import TensorBoard
from datatool.training._tracked_figures import tracked_figures

ENTRY_POINTS: Final = "datatool.trackers"


class Tracker(Protocol):
    """Takes a run's figures. An entry point in `datatool.trackers` is called with the run folder."""

    def log(self, line: MetricsLine, /) -> None:
        """Take the figures of one epoch."""

    def close(self) -> None:
        """Write what is left."""


class VisualDL:
    """Paddle's viewer: `visualdl --logdir RUN/visualdl`."""

    def __init__(self, folder: Path, /) -> None:
        self._writer: Any = require("visualdl", extra="visualdl").LogWriter(logdir=str(folder / "visualdl"))

    def log(self, line: MetricsLine, /) -> None:
        """One scalar for each figure, by step."""
        for name, value in tracked_figures(line).items():
            self._writer.add_scalar(tag=name, step=line.step, value=value)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


TRACKERS: Final[dict[str, Callable[[Path], Tracker]]] = {
    "visualdl": VisualDL,
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
}


def open_trackers(names: Sequence[str], folder: Path, /) -> list[Tracker]:
    """The trackers of a run.

    Raises:
        ConfigError: If there is none of that name, with the nearest.
        MissingDependencyError: If its package is not installed.
    """
    return [_open(name, folder) for name in names]


def _open(name: str, folder: Path) -> Tracker:
    from importlib.metadata import entry_points

    if name in TRACKERS:
        return TRACKERS[name](folder)
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name in found:
        tracker: Tracker = found[name].load()(folder)
        return tracker
    near = nearest(name, [*TRACKERS, *found])
    hint = f"known are {', '.join(sorted({*TRACKERS, *found}))}" if near is None else f"did you mean '{near}'?"
    raise ConfigError(f"run.trackers must name known trackers; got '{name}'", hint=hint)
