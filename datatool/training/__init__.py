"""Plan to model: the loop of a run, and what others need of the rooms below it.

_fit.py         fit: a run from its first stage to its last file
_stage_run.py   one stage: epochs of steps, evaluation, checkpoints, early stop
_epoch_sums.py  running sums of an epoch's losses
_own_val.py     what a run is evaluated on where its recipe does not say
_preflight.py   what is looked at before the first step
_schedule.py    learning rate of a step
_teacher.py     distillation: a trained run that teaches
_tracker.py     where figures go beside metrics.jsonl: _tensorboard.py and _mlflow.py among others
_tracked_figures.py  by which names
_unusable.py    images that could not be used, said once
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from datatool.evaluation import (
    EvalRows,
    OpenedRun,
    eval_rows,
    evaluate,
    open_eval_loader,
    open_trained,
    transform_loader,
)
from datatool.frameworks import Kit, Launch, has_bfloat16, launch_command, load_compiled, quiet, ranks_of, save_traced
from datatool.loader import Batch
from datatool.models import Tap, fuse, make_backbone, read_weights, taps
from datatool.runs import ResolvedRecipe as Reading
from datatool.runs import check_new, flatten, read_recipe, run_path
from datatool.schemas import Recipe
from datatool.trainers import Built, ModuleTrainer, Stage, Trainer, TrainerState, make_trainer
from datatool.training._fit import fit
from datatool.training._schedule import learning_rate

__all__ = [
    "Built",
    "EvalRows",
    "Kit",
    "Launch",
    "ModuleTrainer",
    "OpenedRun",
    "Reading",
    "Stage",
    "Tap",
    "Trainer",
    "TrainerState",
    "check_new",
    "eval_rows",
    "evaluate",
    "fit",
    "flatten",
    "fuse",
    "has_bfloat16",
    "launch_command",
    "learning_rate",
    "load_compiled",
    "make_backbone",
    "make_trainer",
    "open_eval_loader",
    "open_trained",
    "quiet",
    "ranks_of",
    "read_recipe",
    "read_weights",
    "run_path",
    "save_traced",
    "taps",
    "train",
    "transform_loader",
]


def train(recipe: Recipe | Path | str, /, *, base: Path | str | None = None, resume: bool = False) -> Path:
    """Train with the trainer that a recipe names.

    Args:
        recipe: A recipe, or the path of one.
        base: The folder that the recipe's paths are relative to; default: the recipe file's folder, else the current.
        resume: Continue the run if it has begun.

    Returns:
        The run folder.

    Raises:
        DatatoolError: For anything a user can mend.
    """
    if not isinstance(recipe, Recipe):
        reading = read_recipe(recipe)
        recipe, base = reading.recipe, reading.base if base is None else base
    return fit(make_trainer(recipe.run.trainer), recipe, base=None if base is None else Path(base), resume=resume)


def __getattr__(name: str) -> Any:
    """`StepBatch`, for one more release."""
    if name == "StepBatch":
        warnings.warn(
            "datatool.training.StepBatch is now datatool.Batch; lr and seed are arguments of Trainer.step",
            DeprecationWarning,
            stacklevel=2,
        )
        return Batch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
