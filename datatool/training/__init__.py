"""Plan to model: the fit loop, the Trainer protocol, trainers, freezing, heads, losses, checkpoints."""

from __future__ import annotations

from pathlib import Path

from datatool.schemas import Recipe
from datatool.training._backbones import make_backbone
from datatool.training._compile_paddle import has_bfloat16, load_compiled, save_traced
from datatool.training._data import EvalRows, eval_rows, open_eval_loader, transform_loader
from datatool.training._evaluate import evaluate
from datatool.training._fit import fit
from datatool.training._fuse import fuse
from datatool.training._kit import Kit
from datatool.training._launch import Launch, launch_command
from datatool.training._module_trainer import ModuleTrainer
from datatool.training._opened import OpenedRun, open_trained
from datatool.training._quiet import quiet
from datatool.training._ranks import ranks_of
from datatool.training._recipe import Reading, flatten, read_recipe
from datatool.training._run_folder import check_new, run_path
from datatool.training._taps import Tap, taps
from datatool.training._trainer import Built, Stage, StepBatch, Trainer, TrainerState, make_trainer
from datatool.training._weights import read_weights

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
