"""A run from its first stage to its last file, the same for every trainer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from datatool.evaluation import (
    EvalRows,
    as_saved,
    at_epoch,
    classes_of,
    evaluate_rows,
    names_of,
    rows_of_classes,
    stage_plan,
    write_eval,
)
from datatool.evaluation.page import write_page
from datatool.frameworks import Ranks, ranks_of
from datatool.runs import (
    TEST,
    Checkpoint,
    Cursor,
    RunFolder,
    check_same_data,
    data_of,
    log,
    open_run,
    run_path,
    stage_recipes,
    write_run_info,
)
from datatool.schemas import EVAL_SPLITS, EvalDocument, Recipe, TrainCell, sole_writer
from datatool.trainers import Built, Stage, Trainer
from datatool.training._epoch_sums import EpochSums
from datatool.training._own_val import with_own_val
from datatool.training._preflight import (
    check_stages,
    check_trainer,
    check_weights,
    lone_rows,
    nccl_memory,
    settle_class_num,
)
from datatool.training._stage_run import StageRun
from datatool.training._tracker import open_trackers


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
    recipe, remark = with_own_val(recipe, base=base)
    with sole_writer(run_path(recipe, base=base)) if ranks.rank == 0 else nullcontext():
        folder = open_run(recipe, base=base, resume=resume, write=ranks.rank == 0, world_size=ranks.world_size)
        if resume and folder.finished():
            log(f"{folder.path} is finished: nothing to do")
            return folder.path
        try:
            run = _Run(trainer, recipe, base=base, ranks=ranks, folder=folder)
            if remark is not None and ranks.rank == 0:
                log(remark)
            run.run()
        except BaseException:  # Ctrl-C too: a left-over folder would make the retry fail
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
        self._found, self._torn = folder.last_whole()
        check_stages(self._stages, val=recipe.data.val, test=recipe.data.test, base=base)
        if self._found is None:
            check_weights(self._stages, base=base)
        warning = nccl_memory(world_size=ranks.world_size, device=recipe.global_.device)
        if warning is not None and ranks.rank == 0:
            log(warning)
        home = folder.path if ranks.rank == 0 else None
        self._plans = [stage_plan(stage, index=i, base=base, folder=home) for i, stage in enumerate(self._stages)]
        check_trainer(trainer, self._plans, self._stages, world_size=ranks.world_size)
        self._data = data_of(self._stages, self._plans, world_size=ranks.world_size)
        if self._found is not None:
            check_same_data(self._found.state, self._data)
        self._class_num = settle_class_num(self._stages, self._plans)
        names = recipe.data.names
        own = names_of(None if names is None else base / names)
        self._names = classes_of(self._plans, self._class_num, own=own)
        self._val = self._open_list("val", EVAL_SPLITS)
        self._test = self._open_list("test", EVAL_SPLITS[1:])
        self._say_shared()
        self._train_cells: list[TrainCell] = []
        self._document: EvalDocument | None = None
        self._last: Stage | None = None  # with the shares of the last epoch, once that is trained

    def run(self) -> None:
        """All stages, then the last evaluation and the page."""
        found = self._found
        for sentence in self._torn:
            log(sentence)
        cursor = Cursor() if found is None else Cursor.of(found.state)
        if found is not None:
            log(f"going on from {found.folder.name}: stage {cursor.stage}, epoch {cursor.epoch}")
        if self._ranks.rank == 0:
            self._folder.rewind_metrics(stage=cursor.stage, epoch=cursor.epoch)
        if found is not None and found.state.finished:
            self._rebuild(found)
        else:
            self._train(cursor, found)
        self._finish()

    def _train(self, cursor: Cursor, found: Checkpoint | None) -> None:
        first = self._ranks.rank == 0
        trackers = open_trackers(self._recipe.run.trackers, self._folder.path) if first else []
        built = None if found is None else self._take_back(cursor, found)
        for index in range(cursor.stage, len(self._stages)):
            stage = self._stage(index)
            if not cursor.within:
                built = self._trainer.build(stage, self._class_num)
            if index == cursor.stage and first:
                self._write_info()
            self._check_later(index)
            said = lone_rows(
                self._trainer,
                epoch_size=self._plans[index].epoch_size,
                total_batch=stage.recipe.step_rows * stage.world_size,
                accumulate=stage.recipe.optimizer.accumulate,
            )
            if said is not None and first:
                log(f"stage {index}: {said}")
            stage_run = StageRun(
                self._trainer,
                stage,
                plan=self._plans[index],
                folder=self._folder,
                val=self._val,
                names=self._names,
                class_num=self._class_num,
                data=self._data,
                trackers=trackers,
                last=index == len(self._stages) - 1,
            )
            stage_run.say(built)
            self._train_cells = stage_run.run(cursor)
            self._document, self._last = stage_run.document, stage_run.stage
        for tracker in trackers:
            tracker.close()

    def _write_info(self) -> None:
        write_run_info(
            self._folder,
            self._plans,
            base=self._base,
            device=self._trainer.device,
            world_size=self._ranks.world_size,
        )

    def _take_back(self, cursor: Cursor, found: Checkpoint) -> Built | None:
        """Build every stage up to the one that the checkpoint was taken in, as the run did, and load it.

        At the end of a stage that is the stage before ``cursor``: the next one makes its own head and optimizer.
        """
        built = None
        for index in range(cursor.stage + cursor.within):
            built = self._trainer.build(replace(self._stage(index), resumed=True), self._class_num)
        found.check_finite()
        self._trainer.load_state(found.trainer)
        return built

    def _check_later(self, index: int) -> None:
        """Stages still to come, on the model that is there now: a fault of theirs is not found out after hours."""
        for later in range(index + 1, len(self._stages)):
            self._trainer.check_stage(self._stage(later))

    def _rebuild(self, found: Checkpoint) -> None:
        """A run whose last checkpoint is there and whose results are not: only those are made."""
        self._take_back(Cursor.of(found.state), found)
        self._last = as_saved(self._stage(len(self._stages) - 1), found.state)
        sums = EpochSums(self._plans[-1].cells, per_cell=True)
        sums.load_state(found.state.progress)
        self._train_cells = sums.train_cells()

    def _stage(self, index: int) -> Stage:
        nothing = np.zeros(self._class_num)
        stage = Stage(
            index=index,
            recipe=self._stages[index].recipe,
            own=self._stages[index].own,
            base=self._base,
            seed=self._recipe.global_.seed,
            prior=nothing,
            quota=nothing,
            names=tuple(self._names),
            rank=self._ranks.rank,
            world_size=self._ranks.world_size,
            local_world_size=self._ranks.local_world_size,
        )
        return at_epoch(stage, self._plans[index], epoch=0)

    def _open_list(self, key: Literal["val", "test"], splits: Sequence[str]) -> EvalRows | None:
        dataset = getattr(self._recipe.data, key)
        if dataset is None:
            return None
        return rows_of_classes(dataset, base=self._base, classes=self._names, splits=splits)

    def _say_shared(self) -> None:
        """Rows of data.test that the run is chosen by say nothing of other rows."""
        if self._val is None or self._test is None or self._ranks.rank > 0:
            return
        shared = set(self._val.path) & set(self._test.path)
        if shared:
            log(f"warning: {len(shared)} of the {len(self._test)} rows of data.test are rows of data.val too")

    def _finish(self) -> None:
        """The results, and the page as the last file; data.test is looked at here and nowhere else."""
        document = self._document
        if document is None and self._val is not None:  # a resumed run that had only its results to write
            document = self._evaluated(self._val)
        tested = None if self._test is None else self._evaluated(self._test)
        if self._ranks.rank > 0:
            return
        step = max((line.step for line in self._folder.metrics()), default=0)
        if document is not None:
            of = {"split": "val", "dataset": self._recipe.data.val, "step": step, "train_cells": self._train_cells}
            document = document.model_copy(update=of)
            write_eval(document, self._folder.path)
        if tested is not None:
            tested = tested.model_copy(update={"split": "test", "dataset": self._recipe.data.test, "step": step})
            write_eval(tested, self._folder.path, name=TEST)
        write_page(self._folder, self._recipe, document, tested)

    def _evaluated(self, rows: EvalRows) -> EvalDocument:
        assert self._last is not None
        return evaluate_rows(self._trainer, rows, stage=self._last, names=self._names)
