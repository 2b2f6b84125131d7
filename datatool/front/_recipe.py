"""A recipe of plain values and our own objects, as the plain values that a run is saved with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from datatool.front._data import Data
from datatool.runs import ResolvedRecipe, check_new, complete_recipe, run_path
from datatool.schemas import Plan

_LATER: Final = "."  # stands for a data set while the run's name is not known yet


def recipe_of(
    given: Mapping[str, Any], /, *, base: Path, override: Sequence[str] = (), resume: bool = False
) -> ResolvedRecipe:
    """A recipe in memory; plans and data sets in it become their paths.

    A data set that is no path by itself (from memory, with a root of its own, one split of several) is written beside
    the run, to `NAME.data`.

    Raises:
        ConfigError: For an unknown key or an unusable value, or a run folder that exists without ``resume``.
    """
    held: dict[str, Data] = {}
    plain = {str(section): _plain(keys, str(section), held) for section, keys in given.items()}
    made = complete_recipe(plain, base=base, overrides=override)
    if not held:
        return made
    check_new(made.recipe, base=base, resume=resume)
    run = run_path(made.recipe, base=base)
    home = run.with_name(f"{run.name}.data")
    if not resume:
        shutil.rmtree(home, ignore_errors=True)  # of an earlier run of this name, which is no more
    for key, data in held.items():
        folder = home / key.replace(".", "-")
        if not folder.exists():
            data.save(folder)
        _put(plain, key.split("."), str(folder.absolute()))
    return complete_recipe(plain, base=base, overrides=override)


def _plain(value: Any, key: str, held: dict[str, Data]) -> Any:
    if isinstance(value, Plan):
        return str(value.folder.absolute())
    if isinstance(value, Data):
        path = value.as_path()
        if path is None:
            held[key] = value
        return _LATER if path is None else path
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(inner, f"{key}.{name}", held) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, f"{key}.{place}", held) for place, inner in enumerate(value)]
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value


def _put(tree: Any, keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        tree = tree[int(key)] if isinstance(tree, list) else tree[key]
    tree[keys[-1]] = value
