"""A run that has been trained, opened with the weights of a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datatool.errors import CheckpointError
from datatool.evaluation._eval_rows import EvalRows, spread
from datatool.evaluation._priors import as_saved
from datatool.evaluation._stage_data import PLANS
from datatool.runs import Checkpoint, RunFolder, best, newest, read_checkpoint, read_run_recipe, stage_recipes
from datatool.schemas import Recipe, RunState, join_place
from datatool.storage import locate_rows, open_plan
from datatool.trainers import Stage, Trainer, TrainerState, make_trainer


@dataclass(frozen=True, kw_only=True)
class OpenedRun:
    """A trainer with a checkpoint's weights, for evaluation.

    Attributes:
        folder: The run folder.
        base: Folder that the recipe's paths are relative to.
        stage: The last one.
        state: Of the checkpoint.
        trainer: Built, loaded.
    """

    folder: Path
    base: Path
    stage: Stage
    state: RunState
    trainer: Trainer

    @property
    def recipe(self) -> Recipe:
        """Of the last stage."""
        return self.stage.recipe

    def some_train_rows(self, source: str, count: int, /) -> EvalRows:
        """Up to ``count`` rows of a source, evenly over what the last stage draws from.

        Raises:
            PlanError: If its plan is gone.
        """
        made = self.folder / PLANS / f"stage_{self.stage.index}.plan"
        plan = open_plan(made if made.exists() else join_place(self.base, self.recipe.data.train))
        mine = np.flatnonzero(np.array(plan.cells.source) == source)
        ends = np.cumsum(plan.cells.num_rows[mine])
        places = spread(int(ends[-1]) if len(mine) else 0, count)
        cells = np.searchsorted(ends, places, side="right")
        rows = plan.rows(plan.cells.start[mine][cells] + places - (ends - plan.cells.num_rows[mine])[cells])
        return EvalRows(
            path=locate_rows(rows),
            label=rows.label,
            source=np.array(rows.source),
            file=plan.place,
        )


def open_trained(run: Path, /, *, checkpoint: str = "newest") -> OpenedRun:
    """Open a run; the pretrained file is not needed any more.

    Args:
        run: A run folder.
        checkpoint: `newest`, `best` (highest balanced accuracy on `data.val`), or `step_N`.

    Raises:
        ConfigError: If the folder is no run.
        CheckpointError: If the checkpoint is missing or torn, or does not fill the model.
    """
    folder = RunFolder(path=run)
    recipe = read_run_recipe(folder.path)
    found = read_checkpoint(_choose(folder, checkpoint))
    base = (folder.path / found.state.base).resolve()
    trainer, stage = _load(found, recipe, base=base)
    return OpenedRun(folder=run, base=base, stage=stage, state=found.state, trainer=trainer)


def _load(found: Checkpoint, recipe: Recipe, /, *, base: Path) -> tuple[Trainer, Stage]:
    found.check_finite()
    stages = stage_recipes(recipe)
    last = stages[-1].recipe
    model = last.model.model_copy(update={"pretrained": None, "head": "new", "freeze": "none"})
    nothing = np.zeros(found.state.class_num)
    stage = Stage(
        index=len(stages) - 1,
        recipe=last.model_copy(update={"model": model}),
        base=base,
        seed=recipe.global_.seed,
        prior=nothing,
        quota=nothing,
    )
    stage = as_saved(stage, found.state)
    trainer = make_trainer(recipe.run.trainer)
    trainer.build(stage, found.state.class_num)
    trainer.load_state(TrainerState(model=found.trainer.model, extra=found.trainer.extra))
    return trainer, stage


def _choose(folder: RunFolder, checkpoint: str) -> Path:
    if checkpoint not in ("newest", "best"):
        return folder.checkpoints / checkpoint
    found = newest(folder.checkpoints) if checkpoint == "newest" else best(folder.checkpoints)
    if found is None:
        raise CheckpointError(f"a run must have a whole checkpoint; got none in '{folder.checkpoints}'")
    return found
