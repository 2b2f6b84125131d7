"""Trainers by their names in `run.trainer`: ours, and those of other packages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from datatool.errors import ConfigError
from datatool.frameworks import FRAMEWORKS, open_framework
from datatool.schemas import nearest
from datatool.trainers._base import Trainer
from datatool.trainers._module_trainer import ModuleTrainer

ENTRY_POINTS: Final = "datatool.trainers"


def _module_trainer(framework: str) -> Trainer:
    return ModuleTrainer(open_framework(framework))


TRAINERS: Final[dict[str, Callable[[], Trainer]]] = {name: partial(_module_trainer, name) for name in FRAMEWORKS}


def make_trainer(name: str, /) -> Trainer:
    """The trainer of this name: ours, or one from the entry-point group `datatool.trainers`.

    Raises:
        ConfigError: If there is none, with the nearest name; or if what is there is no `Trainer`.
    """
    from importlib.metadata import entry_points

    if name in TRAINERS:
        return TRAINERS[name]()
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name in found:
        made = found[name].load()()
        if not isinstance(made, Trainer):
            raise ConfigError(
                f"run.trainer '{name}' must give a datatool.training.Trainer; got {type(made).__name__}",
                hint="derive the class from datatool.training.Trainer",
            )
        return made
    known = [*TRAINERS, *found]
    near = nearest(name, known)
    hint = None if near is None else f"did you mean '{near}'?"
    raise ConfigError(f"run.trainer must be one of {', '.join(known)}; got '{name}'", hint=hint)
