"""The seam between the loop and a framework: stages, batches, state and the Trainer protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.frameworks import FRAMEWORKS, Array, Floats, open_framework
from datatool.schemas import Recipe, nearest

ENTRY_POINTS: Final = "datatool.trainers"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of a run, with everything a trainer needs to build its model.

    Attributes:
        index: 0-based place in the run.
        recipe: The recipe with this stage's overrides applied.
        own: Dotted keys that this stage itself gives, such as `model.head`.
        base: The folder that paths in the recipe are relative to.
        seed: For initialisation.
        prior: float64 (class_num,), share of each class in this stage's epoch; 0 for classes without rows.
        quota: float64 (class_num,), draws of each class in an epoch.
        logit_prior: float64 (class_num,), the prior that the logits carry after weights and logit adjustment; None is
            ``prior``.
        rank: This process.
        world_size: Number of processes.
        resumed: Whether a checkpoint's weights follow, so that `model.pretrained` is not needed.
    """

    index: int
    recipe: Recipe
    own: frozenset[str] = frozenset()
    base: Path
    seed: int
    prior: NDArray[np.float64]
    quota: NDArray[np.float64]
    logit_prior: NDArray[np.float64] | None = None
    rank: int = 0
    world_size: int = 1
    resumed: bool = False


@dataclass(frozen=True, kw_only=True)
class StepBatch:
    """What a step works on; arrays are of the trainer's ``framework``.

    Attributes:
        images: float32 (N, 3, H, W), or None where ``features`` are given.
        labels: int64 (N,).
        weights: float32 (N,); 0 for filler rows.
        lr: Learning rate of this step.
        seed: For dropout and the like; the same on resume.
        features: float32 (N, ...), outputs of the frozen prefix in place of ``images``.
        partner_labels, shares: int64 and float32 (N,) of mixed pictures, as `Batch` has them; None without.
        taught: float32 (N, class_num), numpy: a teacher's softened shares; None without a teacher.
    """

    images: Any
    labels: Any
    weights: Any
    lr: float = 0.0
    seed: int = 0
    features: Any = None
    partner_labels: Any = None
    shares: Any = None
    taught: Any = None


@dataclass(frozen=True, kw_only=True)
class TrainerState:
    """Everything a trainer needs to go on, as arrays and plain JSON values.

    Attributes:
        model: The model's own names -> values, buffers included.
        optimizer: Accumulators.
        extra: Plain JSON types.
        framework: Whose names and linear layout the model has; weight files say it.
    """

    model: Mapping[str, Array]
    optimizer: Mapping[str, Array] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    framework: str = "numpy"


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build wants to be said.

    Attributes:
        num_parameters: Of the whole model.
        num_trainable: Of those, trained in this stage.
        report: The loading report as plain JSON types, where weights were loaded.
        messages: One sentence each.
    """

    num_parameters: int
    num_trainable: int
    report: dict[str, Any] | None = None
    messages: tuple[str, ...] = ()


class Trainer(Protocol):
    """A model and how it takes a step. The entry point in `datatool.trainers` is called without arguments.

    A trainer may also have: ``framework`` ("paddle", "torch" or "numpy", the default: what batches are made of),
    ``sum_over_ranks(array)`` (needed for more than one process), ``prefix()`` (a `Prefix`, for the feature cache),
    ``check_stage(stage)`` (raises for a later stage that would fail, right after the first build), and ``diverged()``
    (name of a trained tensor that is not finite, or None).
    """

    def build(self, stage: Stage, class_num: int, /) -> Built | None:
        """Make the model at the first stage; at later ones apply the stage and keep the weights."""

    def step(self, batch: StepBatch, /) -> Floats:
        """Take one optimizer step; the loss of each row (N,), without batch weights."""

    def logits(self, batch: StepBatch, /) -> Floats:
        """(N, class_num) in evaluation mode."""

    def state(self) -> TrainerState:
        """Model and optimizer."""

    def load_state(self, state: TrainerState, /) -> None:
        """Take back what ``state`` gave, after the same builds, each with ``stage.resumed``."""


def _module_trainer(framework: str) -> Trainer:
    from datatool.trainers._module_trainer import ModuleTrainer

    return ModuleTrainer(open_framework(framework))


TRAINERS: Final[dict[str, Callable[[], Trainer]]] = {name: partial(_module_trainer, name) for name in FRAMEWORKS}


def make_trainer(name: str, /) -> Trainer:
    """The trainer of this name: ours, or one from the entry-point group `datatool.trainers`.

    Raises:
        ConfigError: If there is none, with the nearest name.
    """
    from importlib.metadata import entry_points

    if name in TRAINERS:
        return TRAINERS[name]()
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name in found:
        trainer: Trainer = found[name].load()()
        return trainer
    known = [*TRAINERS, *found]
    near = nearest(name, known)
    hint = None if near is None else f"did you mean '{near}'?"
    raise ConfigError(f"run.trainer must be one of {', '.join(known)}; got '{name}'", hint=hint)
