"""Where a run stands among its stages, epochs and steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from datatool.schemas import RunState


@dataclass
class Cursor:
    """Where a run stands; moved on by the stages.

    Attributes:
        stage, epoch: To go on with.
        epoch_step: Steps done of that epoch.
        step: Optimizer steps done in the run.
        loader: State of the stage's batches inside the epoch, {} at its start.
        progress: Sums of the unfinished epoch; at the end of a stage, of its last.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    loader: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, list[float]] = field(default_factory=dict)
    epoch_step: int = 0

    @property
    def within(self) -> bool:
        """Whether the stage has begun."""
        return self.epoch > 0 or self.epoch_step > 0

    @classmethod
    def of(cls, state: RunState, /) -> Cursor:
        """Where a checkpoint was taken."""
        return cls(
            stage=state.stage,
            epoch=state.epoch,
            step=state.step,
            loader=state.loader,
            progress=state.progress,
            epoch_step=state.epoch_step,
        )
