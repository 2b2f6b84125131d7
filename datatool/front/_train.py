"""`datatool.train`: a recipe to a run."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.errors import ConfigError
from datatool.front._recipe import recipe_of
from datatool.front._run import Run
from datatool.runs import ResolvedRecipe, read_recipe

_LOG: Final = logging.getLogger("datatool.front")


def train(
    recipe: Mapping[str, Any] | str | os.PathLike[str],
    /,
    *,
    override: str | Sequence[str] = (),
    resume: bool = False,
) -> Run:
    """Fine-tune a model on a plan as a recipe says.

    Several devices are for the command, ``datatool train RECIPE --devices 0,1``, which starts a process for each.

    Args:
        recipe: The path of a YAML file, or its sections as a mapping, in which a plan and data sets may be the objects
            themselves. Paths in a mapping are relative to the current folder.
        override: `KEY=VALUE` texts that are applied to it.
        resume: Continue the run if it has begun.

    Returns:
        The run.

    Raises:
        DatatoolError: For anything a user can mend.
    """
    return train_resolved(resolve_recipe(recipe, override=override, resume=resume), resume=resume)


def resolve_recipe(
    recipe: Mapping[str, Any] | str | os.PathLike[str],
    /,
    *,
    override: str | Sequence[str] = (),
    resume: bool = False,
) -> ResolvedRecipe:
    """A recipe with every key filled in; hints on foreign keys are logged."""
    texts = [override] if isinstance(override, str) else list(override)
    if isinstance(recipe, Mapping):
        resolved = recipe_of(recipe, base=Path.cwd(), override=texts, resume=resume)
    elif isinstance(recipe, str | os.PathLike):
        resolved = read_recipe(Path(recipe), overrides=texts)
    else:
        raise ConfigError(f"a recipe must be a path or a mapping of sections; got {type(recipe).__name__}")
    for hint in resolved.hints:
        _LOG.info("note: %s", hint)
    return resolved


def train_resolved(resolved: ResolvedRecipe, /, *, resume: bool = False) -> Run:
    """Train with the trainer that a recipe names."""
    from datatool.trainers import make_trainer
    from datatool.training import fit

    made = resolved.recipe
    return Run(fit(make_trainer(made.run.trainer), made, base=resolved.base, resume=resume))
