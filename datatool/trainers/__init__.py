"""What learns: the Trainer that the fit loop drives, and the one of framework modules.

_base.py            Trainer, the stage that it is built for, its state
_module_trainer.py  ModuleTrainer: any classifier of Paddle or PyTorch
_average.py         the moving average of the weights
_global_batch.py    a process's batch among those of the others
_held_rows.py       rows of a head that stay as they are
_probe.py           a model tried on two pictures before the first step
_registry.py        name in `run.trainer` -> trainer; plug-ins
losses/             cross-entropy and its additions, a file each
"""

from __future__ import annotations

from datatool.trainers._base import Built, Stage, Trainer, TrainerState
from datatool.trainers._module_trainer import ModuleTrainer
from datatool.trainers._probe import reason_of
from datatool.trainers._registry import make_trainer

__all__ = ["Built", "ModuleTrainer", "Stage", "Trainer", "TrainerState", "make_trainer", "reason_of"]
