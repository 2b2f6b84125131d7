"""What a run is evaluated on where its recipe does not say."""

from __future__ import annotations

from pathlib import Path

from datatool.evaluation import own_val
from datatool.schemas import Recipe

_NOTHING = (
    "data.val is null: nothing is evaluated, and no checkpoint is the best; datatool split DATASET --val 0.1 -o DIR "
    "makes a val list"
)


def with_own_val(recipe: Recipe, /, *, base: Path) -> tuple[Recipe, str | None]:
    """The recipe with `data.val` filled in where `data.train` is a data set with a val split, and what is to be said.

    Args:
        recipe: Complete.
        base: The folder that its paths are relative to.
    """
    data = recipe.data
    if data.val is not None:
        return recipe, None
    if data.strategy is None or not own_val(data.train, base=base):
        return recipe, _NOTHING
    filled = recipe.model_copy(update={"data": data.model_copy(update={"val": data.train})})
    return filled, f"data.val is null: the val split of {data.train} is evaluated on"
