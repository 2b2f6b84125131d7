"""Plan to model: the fit loop, the Trainer protocol, trainers, freezing, heads, losses, checkpoints."""

from __future__ import annotations

from pathlib import Path

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
from datatool.models import Tap, fuse, make_backbone, read_weights, taps
from datatool.runs import ResolvedRecipe as Reading
from datatool.runs import check_new, flatten, read_recipe, run_path
from datatool.schemas import Recipe
from datatool.trainers import Built, ModuleTrainer, Stage, StepBatch, Trainer, TrainerState, make_trainer
from datatool.training._fit import fit

__all__ = [
    "Built",
    "EvalRows",
    "Kit",
    "Launch",
    "ModuleTrainer",
    "OpenedRun",
    "Reading",
    "Stage",
    "StepBatch",
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
