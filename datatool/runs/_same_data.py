"""What the stages of a run train on, kept in its checkpoints so that a resumed run cannot go on with something else."""

from __future__ import annotations

from collections.abc import Sequence

from datatool.errors import ConfigError
from datatool.runs._stages import StageRecipe
from datatool.schemas import Plan, RunState, StageData


def data_of(stages: Sequence[StageRecipe], plans: Sequence[Plan], /, *, world_size: int) -> list[StageData]:
    """Fingerprint, total batch and steps per epoch of each stage."""
    found = []
    for stage, plan in zip(stages, plans, strict=True):
        total = stage.recipe.step_rows * world_size
        found.append(StageData(plan=plan.fingerprint, total_batch=total, steps=-(-plan.epoch_size // total)))
    return found


def check_same_data(state: RunState, now: Sequence[StageData], /) -> None:
    """Whether every stage has the data and the total batch that the run began with.

    Raises:
        ConfigError: Naming the first that has not.
    """
    for index, (old, new) in enumerate(zip(state.stages, now, strict=False)):
        if old.total_batch != new.total_batch:
            raise ConfigError(
                f"a resumed run must have the total batch it began with; stage {index} had {old.total_batch} and has "
                f"{new.total_batch}",
                hint="start as many processes as before, or change data.batch_size or optimizer.accumulate with them",
            )
        if (old.plan, old.steps) != (new.plan, new.steps):
            raise ConfigError(
                f"a resumed run must have the plan it began with; that of stage {index} had fingerprint "
                f"{old.plan[:12]} and {old.steps} steps per epoch, and has {new.plan[:12]} and {new.steps}",
                hint="put its rows back as they were, or give another run.name to start anew",
            )
