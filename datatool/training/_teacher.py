"""Distillation: a trained run whose softened outputs a student learns too."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from datatool.errors import ConfigError
from datatool.evaluation import EvalRows, OpenedRun, StageBatches, evaluate_rows, open_trained, softmax
from datatool.frameworks import Floats
from datatool.loader import Batch, FileError
from datatool.runs import log
from datatool.schemas import DataSection, EvalDocument, plural
from datatool.trainers import Stage, Trainer

_SAME_INPUT = ("image_size", "mean", "std")


@dataclass(frozen=True, kw_only=True)
class Teacher:
    """A trained run in evaluation mode.

    Attributes:
        opened: The run.
        temperature: That its logits are divided by.
        parts: In how many parts it looks at a batch, `optimizer.accumulate` of the student.
    """

    opened: OpenedRun
    temperature: float
    parts: int = 1

    def shares(self, batch: Batch, /) -> Floats:
        """Softened shares of the classes, float32 (N, class_num)."""
        logits = np.concatenate([self.opened.trainer.logits(part) for part in batch.parts(self.parts)])[: len(batch)]
        shares: Floats = softmax(logits / self.temperature).astype("float32")
        return shares


class TaughtBatches:
    """A stage's batches, each with what the teacher says of it."""

    def __init__(self, batches: StageBatches, teacher: Teacher, /) -> None:
        self._batches = batches
        self._teacher = teacher

    def __len__(self) -> int:
        """Steps per epoch."""
        return len(self._batches)

    def epoch(self, epoch: int, /) -> Iterator[Batch]:
        """Batches of an epoch."""
        for batch in self._batches.epoch(epoch):
            yield replace(batch, taught=self._teacher.shares(batch))

    @property
    def errors(self) -> list[FileError]:
        """Files that could not be used as they are."""
        return self._batches.errors

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand; a teacher has no state."""
        return self._batches.state_dict()

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where the state of the batches was taken."""
        self._batches.load_state_dict(state)

    def close(self) -> None:
        """Free what the batches hold."""
        self._batches.close()


def open_teacher(stage: Stage, student: Trainer, /, *, val: EvalRows | None, names: list[str]) -> Teacher:
    """Open and examine a stage's teacher: its accuracy on `data.val` is said before the first step.

    Raises:
        ConfigError: If it takes another input or knows other classes than the student, if there is no list to examine
            it on, or if it does no better than chance there.
        CheckpointError: If its weights do not fill its model.
    """
    section = stage.recipe.distill
    assert section.teacher is not None
    opened = open_trained(stage.base / section.teacher)
    _check_alike(opened, student, stage, names)
    if val is None:
        raise ConfigError("distill.teacher must be examined before it teaches; data.val is null")
    document = evaluate_rows(opened.trainer, val, stage=opened.stage, names=names)
    log(f"teacher {opened.folder}: balanced accuracy {document.balanced_accuracy:.3f}, top-1 {document.top1:.3f}")
    _check_better_than_chance(document)
    theirs, ours = opened.recipe.optimizer.lr, stage.recipe.optimizer.lr
    if ours > theirs:
        log(f"warning: optimizer.lr {ours:g} is above the teacher's {theirs:g}; students mostly need no more")
    return Teacher(opened=opened, temperature=section.temperature, parts=stage.recipe.optimizer.accumulate)


def _check_alike(opened: OpenedRun, student: Trainer, stage: Stage, names: list[str]) -> None:
    theirs, ours = opened.trainer.framework, student.framework
    if theirs != ours:
        raise ConfigError(f"distill.teacher must be of the student's trainer {ours}; got {theirs}")
    if opened.state.names != names:
        raise ConfigError(
            f"distill.teacher must know the student's {len(names)} classes by the same names; "
            f"it knows {opened.state.class_num}"
        )
    data: DataSection = stage.recipe.data
    for key in _SAME_INPUT:
        if getattr(opened.state.transform, key) != getattr(data, key):
            raise ConfigError(
                f"distill.teacher must take the student's input; data.{key} is {getattr(data, key)}, "
                f"the teacher's {getattr(opened.state.transform, key)}"
            )


def _check_better_than_chance(document: EvalDocument) -> None:
    """Balanced accuracy has to pass 1 / K by two standard errors of guessing."""
    supports = [row.support for row in document.per_class if row.support]
    share = 1 / max(len(supports), 1)
    error = math.sqrt(share * (1 - share) * sum(1 / support for support in supports)) * share
    if document.balanced_accuracy <= share + 2 * error:
        raise ConfigError(
            f"distill.teacher must do better than chance on data.val, which comes to {share + 2 * error:.3f} on "
            f"{plural(sum(supports), 'row')}; got balanced accuracy {document.balanced_accuracy:.3f}",
            hint="train it further, or give the run whose weights were meant",
        )
