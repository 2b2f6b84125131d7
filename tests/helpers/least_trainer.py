"""A trainer with what every trainer has to have, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np

from datatool.loader import Batch
from datatool.trainers import Stage, Trainer, TrainerState


class Least(Trainer):
    """The five methods that every trainer has to have."""

    def build(self, stage: Stage, class_num: int, /) -> None:
        """Nothing to make."""

    def step(self, batch: Batch, /, *, lr: float, seed: int) -> Any:
        return np.zeros(len(batch), np.float32)

    def logits(self, batch: Batch, /) -> Any:
        return np.zeros((len(batch), 3), np.float32)

    def state(self) -> TrainerState:
        return TrainerState(model={})

    def load_state(self, state: TrainerState, /) -> None:
        """Nothing to take back."""
