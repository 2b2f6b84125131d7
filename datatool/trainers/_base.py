"""The seam between the loop and what learns: stages, state, and the Trainer that a plug-in derives from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import Array, Floats
from datatool.models import MOST_PASSES, Prefix
from datatool.schemas import Recipe

if TYPE_CHECKING:
    from datatool.loader import Batch


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
        names: Of the classes, id = place, the id as text where one has no name; empty where they are not known.
        rank: This process.
        world_size: Number of processes.
        local_world_size: Of those, on this machine; None is all of them.
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
    names: tuple[str, ...] = ()
    rank: int = 0
    world_size: int = 1
    local_world_size: int | None = None
    resumed: bool = False


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


class Trainer(ABC):
    """A model and how it takes a step. Five methods are a trainer's own; the others have defaults.

    An entry point in `datatool.trainers` is called without arguments and gives one.

    Attributes:
        framework: What batches are made of: "paddle", "torch" or "numpy".
        device: Where batches go, once built.
        averages: Whether `optimizer.ema` has the effect that the documentation gives it.
    """

    framework: str = "numpy"
    device: str = "cpu"
    averages: bool = False

    @abstractmethod
    def build(self, stage: Stage, class_num: int, /) -> Built | None:
        """Make the model at the first stage; at later ones apply the stage and keep the weights."""

    @abstractmethod
    def step(self, batch: Batch, /, *, lr: float, seed: int) -> Floats:
        """Take one optimizer step.

        Args:
            batch: Arrays of ``framework``; rows of weight 0 do not count.
            lr: Learning rate of this step.
            seed: For dropout and the like; the same when a run is resumed.

        Returns:
            float32 (N,), the loss of each row, without the batch's weights.
        """

    @abstractmethod
    def logits(self, batch: Batch, /) -> Floats:
        """(N, class_num) in evaluation mode."""

    @abstractmethod
    def state(self) -> TrainerState:
        """Model and optimizer."""

    @abstractmethod
    def load_state(self, state: TrainerState, /) -> None:
        """Take back what ``state`` gave, after the same builds, each with ``stage.resumed``."""

    def diverged(self) -> str | None:
        """Name of a trained tensor that is not finite; None where there is none, or nobody looks."""
        return None

    def check_stage(self, stage: Stage, /) -> None:  # noqa: B027 - nothing to refuse is the default
        """Raise for a later stage that could not be applied; asked right after a build, before its first step."""

    def sum_over_ranks(self, array: Array, /) -> Array:
        """Elementwise sum over all processes. The array itself in one; a trainer for several has its own."""
        return array

    def prefix(self, images: Floats, /) -> Prefix | None:
        """The frozen part of the model, for the feature cache; None where there is none that can run by itself.

        Args:
            images: float32 (N, 3, S, S), a numpy array, to try it on.
        """
        del images
        return None

    def passes_to_compile(self, size: int, /) -> int:
        """Pictures from which on `Prefix.run`, which may compile first, takes less time than `Prefix.eager`.

        Args:
            size: Side of the pictures.
        """
        del size
        return MOST_PASSES

    def begin_again(self, stage: Stage, class_num: int, /) -> bool:
        """Take a new head and optimizer for another training on the features of `prefix`, whose layers stay.

        Args:
            stage: With the same frozen part; seed, prior and settings may be others.
            class_num: Of the new head; the same as before.

        Returns:
            False where the trainer cannot do that.
        """
        del stage, class_num
        return False

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:  # noqa: B027
        """Take the shares of another epoch. Plans whose quotas move need a trainer that says what it does with them.

        Args:
            prior: float64 (class_num,), as of a `Stage`.
            quota: float64 (class_num,), as of a `Stage`.
        """
