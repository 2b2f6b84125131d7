"""The run that is exported: its model, eager and in evaluation mode, and real images of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datatool.deploy._logits import Logits
from datatool.errors import ConfigError
from datatool.evaluation import EvalRows, OpenedRun, eval_rows, open_eval_loader, open_trained
from datatool.schemas import REAL
from datatool.trainers import ModuleTrainer


@dataclass(frozen=True, kw_only=True)
class ExportedRun:
    """An opened run.

    Attributes:
        path: The run folder.
        checkpoint: Which checkpoint, as it was asked for.
        opened: The run with its weights.
        trainer: Its trainer, in evaluation mode.
        rows: Real images to verify on.
        out: Where the model will be, absolute.
    """

    path: Path
    checkpoint: str
    opened: OpenedRun
    trainer: ModuleTrainer
    rows: EvalRows
    out: Path

    def logits(self, rows: EvalRows, /) -> Logits:
        """Eager logits of rows as `datatool evaluate` computes them."""
        every = np.arange(len(rows))
        found = []
        with open_eval_loader(self.trainer, rows, every, self.opened.recipe.data) as loader:
            for batch in loader:
                read = self.trainer.kit.array(batch.weights) > 0
                found.append((self.trainer.logits(batch), read))
        return Logits.joined(found)


def open_exported(run: Path, /, *, out: Path, checkpoint: str, num_images: int) -> ExportedRun:
    """Open a run for export.

    Raises:
        ConfigError: If it is no run, or its trainer is not one of ours.
        CheckpointError: If the checkpoint does not fill the whole model.
    """
    opened = open_trained(run, checkpoint=checkpoint)
    if not isinstance(opened.trainer, ModuleTrainer):
        raise ConfigError(f"run.trainer must be paddle or torch to export; got '{opened.recipe.run.trainer}'")
    return ExportedRun(
        path=run,
        checkpoint=checkpoint,
        opened=opened,
        trainer=opened.trainer,
        rows=_some_real_rows(opened, num_images),
        out=out.absolute(),
    )


def _some_real_rows(opened: OpenedRun, num_images: int) -> EvalRows:
    """Real images of the run's val list, else of what it trained on, evenly over the list."""
    data = opened.recipe.data
    if data.val is None:
        rows = opened.some_train_rows(REAL, num_images)
    else:
        rows = eval_rows(data.val, base=opened.base).some(REAL, num_images)
    if not len(rows):
        raise ConfigError("a model must be verified on real images before it is exported; the run's lists have none")
    return rows
