"""A plugin as others would write it: a trainer and a tracker behind entry points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from datatool.loader import Batch
from datatool.schemas import MetricsLine
from datatool.trainers import Stage, Trainer, TrainerState


class ToyTrainer(Trainer):
    """A trainer of numpy: logits are a table of counts by class."""

    def build(self, stage: Stage, class_num: int, /) -> None:
        self.counts = getattr(self, "counts", np.ones(class_num))

    def step(self, batch: Batch, /, *, lr: float, seed: int) -> Any:
        assert isinstance(batch.images, np.ndarray)
        assert batch.images.shape[1:] == (3, 16, 16)
        self.counts = self.counts + np.bincount(batch.labels, weights=batch.weights, minlength=len(self.counts))
        return -np.log(self.counts[batch.labels] / self.counts.sum()).astype(np.float32)

    def logits(self, batch: Batch, /) -> Any:
        return np.tile(np.log(self.counts).astype(np.float32), (len(batch.images), 1))

    def state(self) -> TrainerState:
        return TrainerState(model={"counts": self.counts})

    def load_state(self, state: TrainerState, /) -> None:
        self.counts = state.model["counts"]


class Duck:
    """Has the methods of a trainer, and is none."""

    build = ToyTrainer.build
    step = ToyTrainer.step
    logits = ToyTrainer.logits
    state = ToyTrainer.state
    load_state = ToyTrainer.load_state


class KeptTracker:
    """A tracker that remembers."""

    lines: list[MetricsLine] = []  # noqa: RUF012 - shared on purpose: the run makes the instance
    closed = 0

    def __init__(self, folder: Path, /) -> None:
        assert folder.is_dir()

    def log(self, line: MetricsLine, /) -> None:
        self.lines.append(line)

    def close(self) -> None:
        type(self).closed += 1
