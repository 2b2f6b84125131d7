"""Whether cached features of a stage take fewer passes of its frozen layers than pictures would."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from datatool.features._pictures import TRIED, num_views
from datatool.models import MOST_PASSES
from datatool.runs import log
from datatool.schemas import Plan, Recipe
from datatool.trainers import Stage, Trainer


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Pictures that pass through the frozen layers of a stage, counted before it begins.

    A count and no stopwatch, and of the whole stage wherever it is resumed, so that a run that is repeated or goes on
    does what it did.

    Attributes:
        passes: With the cache: each picture once, and what it is tried on.
        passes_without: Of a process that trains and evaluates on pictures.
        compiles: Whether the layers are compiled for the passes of the cache.
    """

    passes: int
    passes_without: int
    compiles: bool

    @property
    def pays(self) -> bool:
        """Whether the cache costs no more than it saves."""
        return self.passes <= self.passes_without


def weigh(trainer: Trainer, stage: Stage, plan: Plan, /, *, num_val: int) -> Worth | None:
    """The passes of a stage with a cache and without; None, logged, where features would not be the same.

    Args:
        trainer: Built.
        stage: The stage.
        plan: Its plan.
        num_val: Rows that are evaluated at each epoch's end.
    """
    recipe = stage.recipe
    if recipe.run.feature_cache == "off" or recipe.model.freeze == "none":
        return None
    if recipe.distill.teacher is not None:
        log("no feature cache: the teacher looks at every picture")
        return None
    views = num_views(recipe.data)
    if views is None:
        log("no feature cache: data.views is null, so that every draw has another picture")
        return None
    count = partial(
        worth_of,
        recipe,
        num_places=plan.num_rows * views,
        epoch_size=plan.epoch_size,
        num_last=_last_batch(plan.epoch_size, recipe.step_rows * stage.world_size),
        num_val=num_val,
        world_size=stage.world_size,
    )
    most = count(to_compile=MOST_PASSES)
    if most.compiles:
        return most
    return count(to_compile=trainer.passes_to_compile(recipe.data.image_size))


def worth_of(
    recipe: Recipe,
    /,
    *,
    num_places: int,
    epoch_size: int,
    num_last: int,
    num_val: int,
    world_size: int,
    to_compile: int,
) -> Worth:
    """Count the passes of a stage both ways.

    Args:
        recipe: The stage's.
        num_places: Pictures to train on: rows times views.
        epoch_size: Draws of an epoch.
        num_last: Draws of its last batch, whose logits are looked at again.
        num_val: Rows that are evaluated at each epoch's end.
        world_size: Processes, which share the passes without a cache; the first one alone fills it.
        to_compile: Pictures from which on compiling pays.

    >>> counts = {"num_places": 60, "epoch_size": 60, "num_last": 28, "num_val": 60, "world_size": 1}
    >>> once = worth_of(Recipe(), **counts, to_compile=100)
    >>> once.passes, once.passes_without, once.compiles
    (120, 1480, True)
    """
    pictures = num_places + num_val
    compiles = pictures >= to_compile
    # What compiled layers save also pays for their compilation and for what they are tried on.
    passes = pictures if compiles else pictures + 2 * TRIED
    if recipe.optimizer.amp and not compiles:
        passes += to_compile  # features in bfloat16 come from compiled layers alone
    without = math.ceil(recipe.run.epochs * (epoch_size + num_last + num_val) / world_size)
    return Worth(passes=passes, passes_without=without, compiles=compiles)


def _last_batch(epoch_size: int, total_batch: int) -> int:
    return epoch_size % total_batch or min(epoch_size, total_batch)
