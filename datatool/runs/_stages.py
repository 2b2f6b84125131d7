"""Stages of a recipe: each a whole recipe, the base with that stage's overrides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datatool.runs._recipe import check_stages
from datatool.schemas import Recipe


@dataclass(frozen=True, kw_only=True)
class StageRecipe:
    """One stage.

    Attributes:
        recipe: Complete, without stages of its own.
        own: Dotted keys that the stage itself gives.
    """

    recipe: Recipe
    own: frozenset[str]


def stage_recipes(recipe: Recipe, /) -> list[StageRecipe]:
    """The stages in order; a recipe without stages is one stage.

    Raises:
        ConfigError: If a stage gives an unknown key or an unusable value.

    >>> two = Recipe.parse({"run": {"stages": [{}, {"model": {"freeze": "backbone"}}]}})
    >>> [stage.recipe.model.freeze for stage in stage_recipes(two)]
    ['none', 'backbone']
    """
    tree = recipe.model_dump(mode="json")
    check_stages(tree)
    stages = tree["run"]["stages"] or [{}]
    tree["run"]["stages"] = []
    return [_stage(tree, stage) for stage in stages]


def _stage(base: dict[str, Any], overrides: dict[str, dict[str, Any]]) -> StageRecipe:
    merged = {section: {**keys, **overrides.get(section, {})} for section, keys in base.items()}
    own = frozenset(f"{section}.{key}" for section, keys in overrides.items() for key in keys)
    return StageRecipe(recipe=Recipe.parse(merged, file="run.stages"), own=own)
