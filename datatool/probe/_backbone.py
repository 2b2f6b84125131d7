"""The frozen backbone that rows are looked at with, as options name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.errors import ConfigError
from datatool.models import DEFAULT_WEIGHTS
from datatool.runs import (
    MODEL,
    RunFolder,
    newest,
    plain_recipe,
    read_recipe,
    read_run_recipe,
    read_state,
    stage_recipes,
)
from datatool.schemas import DistillSection, Recipe

_RATIO: Final = 256 / 224  # of the short side to the cut, as recipes have it where they are told nothing


@dataclass(frozen=True, kw_only=True)
class BackboneOptions:
    """Which backbone, and how pictures are made for it.

    Attributes:
        backbone: A name as in `model.backbone`, or a run folder; None is the recipe's.
        pretrained: A weight file, or `default`; None is the recipe's.
        recipe: The recipe that will be trained; None is every default.
        settings: `key.path=value`, over the recipe.
        image_size: Pixels; None is the recipe's.
        trainer: As `run.trainer`; None is the recipe's.
    """

    backbone: str | None = None
    pretrained: str | None = None
    recipe: Path | None = None
    settings: tuple[str, ...] = ()
    image_size: int | None = None
    trainer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A recipe whose backbone is frozen and has trained weights.

    Attributes:
        recipe: To be built from.
        base: The folder that its paths are relative to.
        run: The run that the weights were trained in, where they are those of a run.
        known: Whether it is known what the weights were trained on: the framework's own, or a run's.
    """

    recipe: Recipe
    base: Path
    run: Path | None
    known: bool


def settle_backbone(options: BackboneOptions, /) -> Backbone:
    """The backbone that options name.

    Raises:
        ConfigError: If it has no trained weights, or an option is not understood.
    """
    run = _run_of(options.backbone)
    if run is not None:
        recipe, base = _of_run(run, options)
    else:
        overrides = _overrides(options)
        found = plain_recipe(overrides) if options.recipe is None else read_recipe(options.recipe, overrides=overrides)
        recipe, base = stage_recipes(found.recipe)[0].recipe, found.base
    pretrained = recipe.model.pretrained
    if pretrained is None:
        raise ConfigError(
            "a frozen backbone must have trained weights; got none",
            hint="give --pretrained FILE, or --pretrained default for the framework's own",
        )
    if pretrained != DEFAULT_WEIGHTS:
        run = run or run_above((base / pretrained).resolve())
    model = recipe.model.model_copy(update={"freeze": "backbone", "head": "new", "class_num": None})
    frozen = recipe.model_copy(update={"model": model, "distill": DistillSection()})
    return Backbone(recipe=frozen, base=base, run=run, known=run is not None or pretrained == DEFAULT_WEIGHTS)


def run_above(file: Path, /) -> Path | None:
    """The run folder that a checkpoint's weights lie in, or None."""
    return next((folder for folder in file.parents if _is_run(folder)), None)


def run_base(run: Path, /) -> Path:
    """The folder that paths in a run's recipe are relative to; the run's own where it has no checkpoint."""
    checkpoint = newest(RunFolder(path=run).checkpoints)
    return run if checkpoint is None else (run / read_state(checkpoint).base).resolve()


def _is_run(folder: Path) -> bool:
    return (folder / "recipe.yaml").is_file() and (folder / "checkpoints").is_dir()


def _run_of(backbone: str | None) -> Path | None:
    folder = None if backbone is None else Path(backbone)
    return folder if folder is not None and _is_run(folder) else None


def _of_run(run: Path, options: BackboneOptions) -> tuple[Recipe, Path]:
    """The last stage's recipe with the weights of the newest checkpoint in place of those that it began with."""
    given = [name for name in ("pretrained", "recipe", "image_size", "trainer") if getattr(options, name) is not None]
    if given or options.settings:
        raise ConfigError(
            f"a run brings its own recipe and weights; got --{(given or ['set'])[0].replace('_', '-')} beside it",
            hint="name a backbone in place of the run",
        )
    checkpoint = newest(RunFolder(path=run).checkpoints)
    if checkpoint is None:
        raise ConfigError(f"a run must have a whole checkpoint; got none in '{run}'")
    recipe = stage_recipes(read_run_recipe(run))[-1].recipe
    weights = str((checkpoint / MODEL).resolve())
    model = recipe.model.model_copy(update={"pretrained": weights})
    return recipe.model_copy(update={"model": model}), run_base(run)


def _overrides(options: BackboneOptions) -> list[str]:
    found = []
    if options.backbone is not None:
        found.append(f"model.backbone={options.backbone}")
    if options.pretrained is not None:
        weights = options.pretrained
        path = weights if weights == DEFAULT_WEIGHTS else Path(weights).resolve()
        found.append(f"model.pretrained='{str(path).replace(chr(39), chr(39) * 2)}'")
    if options.image_size is not None:
        found += [
            f"data.image_size={options.image_size}",
            f"data.eval_resize={round(options.image_size * _RATIO)}",
        ]
    if options.trainer is not None:
        found.append(f"run.trainer={options.trainer}")
    return [*found, *options.settings]
