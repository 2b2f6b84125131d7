"""A run from its first stage to its last file, the same for every trainer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from datatool.errors import DatatoolError
from datatool.schemas import EvalDocument, Recipe, TrainCell
from datatool.training._checkpoint import Checkpoint
from datatool.training._data import EvalRows, eval_rows, stage_plan
from datatool.training._evaluate import evaluate_rows, write_eval
from datatool.training._log import log
from datatool.training._preflight import check_pretrained, check_val, names_of, nccl_memory, settle_class_num
from datatool.training._progress import Progress
from datatool.training._ranks import Ranks, ranks_of
from datatool.training._run_folder import RunFolder, open_run
from datatool.training._run_page import write_page
from datatool.training._stage_run import Place, StageRun
from datatool.training._stages import stage_recipes
from datatool.training._tracker import open_trackers
from datatool.training._trainer import Stage, Trainer


def fit(trainer: Trainer, recipe: Recipe, /, *, base: Path | None = None, resume: bool = False) -> Path:
    """Train as a recipe says.

    Args:
        trainer: What holds the model.
        recipe: Complete, as `read_recipe` gives it.
        base: The folder that its paths are relative to; default: the current one.
        resume: Continue the run if it has begun.

    Returns:
        The run folder.

    Raises:
        DatatoolError: For anything a user can mend; the last whole checkpoint stays.
    """
    base = Path.cwd() if base is None else Path(base)
    ranks = ranks_of()
    folder = open_run(recipe, base=base, resume=resume, write=ranks.rank == 0)
    if resume and folder.finished():
        log(f"{folder.path} is finished: nothing to do")
        return folder.path
    try:
        _Run(trainer, recipe, base=base, ranks=ranks, folder=folder).run()
    except DatatoolError:
        folder.discard_if_empty()
        raise
    return folder.path


class _Run:
    """One call of `fit`."""

    def __init__(self, trainer: Trainer, recipe: Recipe, /, *, base: Path, ranks: Ranks, folder: RunFolder) -> None:
        self._trainer = trainer
        self._recipe = recipe
        self._base = base
        self._ranks = ranks
        self._folder = folder
        self._stages = stage_recipes(recipe)
        check_pretrained(self._stages, base=base)
        warning = nccl_memory(world_size=ranks.world_size, device=recipe.global_.device)
        if warning is not None and ranks.rank == 0:
            log(warning)
        home = folder.path if ranks.rank == 0 else None
        self._plans = [stage_plan(stage, index=i, base=base, folder=home) for i, stage in enumerate(self._stages)]
        self._class_num = settle_class_num(self._stages, self._plans)
        self._names = names_of(self._plans[0], self._class_num)
        self._val = self._open_val()
        self._train_cells: list[TrainCell] = []
        self._document: EvalDocument | None = None

    def run(self) -> None:
        """All stages, then the last evaluation and the page."""
        found, torn = self._folder.last_whole()
        for sentence in torn:
            log(sentence)
        place = Place() if found is None else Place.of(found.state)
        if found is not None:
            log(f"going on from {found.folder.name}: stage {place.stage}, epoch {place.epoch}")
        if self._ranks.rank == 0:
            self._folder.rewind_metrics(stage=place.stage, epoch=place.epoch)
        if found is not None and found.state.finished:
            self._rebuild(found)
        else:
            self._train(place, found)
        self._finish()

    def _train(self, place: Place, found: Checkpoint | None) -> None:
        first = self._ranks.rank == 0
        trackers = open_trackers(self._recipe.run.trackers, self._folder.path) if first else []
        for index in range(place.stage, len(self._stages)):
            stage_run = StageRun(
                self._trainer,
                self._stage(index),
                plan=self._plans[index],
                folder=self._folder,
                val=self._val,
                names=self._names,
                class_num=self._class_num,
                trackers=trackers,
                last=index == len(self._stages) - 1,
            )
            self._train_cells = stage_run.run(place, found)
            self._document = stage_run.document
            found = None
        for tracker in trackers:
            tracker.close()

    def _rebuild(self, found: Checkpoint) -> None:
        """A run whose last checkpoint is there and whose results are not: only those are made."""
        last = len(self._stages) - 1
        self._trainer.build(self._stage(last), self._class_num)
        self._trainer.load_state(found.trainer)
        sums = Progress(self._plans[last].cells, per_cell=True)
        sums.load_state(found.state.progress)
        self._train_cells = sums.train_cells()

    def _stage(self, index: int) -> Stage:
        plan = self._plans[index]
        prior = np.zeros(self._class_num)
        prior[: plan.class_num] = plan.prior(0)
        return Stage(
            index=index,
            recipe=self._stages[index].recipe,
            own=self._stages[index].own,
            base=self._base,
            seed=self._recipe.global_.seed,
            prior=prior,
            quota=prior * float(plan.quotas(0).sum()),
            rank=self._ranks.rank,
            world_size=self._ranks.world_size,
        )

    def _open_val(self) -> EvalRows | None:
        data = self._stages[-1].recipe.data
        if data.val is None:
            return None
        rows = eval_rows(data.val, base=self._base)
        check_val(rows, class_num=self._class_num)
        return rows

    def _finish(self) -> None:
        document = self._document
        if document is None and self._val is not None:  # a resumed run that had only its results to write
            document = evaluate_rows(
                self._trainer, self._val, stage=self._stage(len(self._stages) - 1), names=self._names
            )
        if self._ranks.rank > 0:
            return
        if document is not None:
            document = document.model_copy(update={"train_cells": self._train_cells})
            write_eval(document, self._folder.path)
        write_page(self._folder, self._recipe, document)
