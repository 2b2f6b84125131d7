"""The Trainer that the fit loop drives, the trainer of framework modules, and the losses."""

from __future__ import annotations

from datatool.trainers._base import Built, Stage, StepBatch, Trainer, TrainerState, make_trainer
from datatool.trainers._module_trainer import ModuleTrainer

__all__ = [
    "Built",
    "ModuleTrainer",
    "Stage",
    "StepBatch",
    "Trainer",
    "TrainerState",
    "make_trainer",
]
