"""One stage: epochs of steps, with evaluation, checkpoints, early stop and metrics."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence

import numpy as np

from datatool.errors import DatatoolError
from datatool.evaluation import EvalRows, StageBatches, at_epoch, evaluate_rows, open_images, shares_of, transform_of
from datatool.features import FeatureBatches, FeatureCache, open_cache, weigh
from datatool.frameworks import host
from datatool.loader import Batch
from datatool.progress import progress
from datatool.runs import BEST, LOADING, Cursor, RunFolder, log, note_feature_cache, prune, save_checkpoint
from datatool.schemas import (
    EvalDocument,
    MetricsLine,
    Plan,
    RunFeatureCache,
    RunState,
    StageData,
    TrainCell,
    atomic_file,
)
from datatool.trainers import Built, Stage, Trainer
from datatool.training._epoch_sums import EpochSums
from datatool.training._schedule import learning_rate
from datatool.training._teacher import TaughtBatches, open_teacher
from datatool.training._tracker import Tracker
from datatool.training._unusable import say_unusable


class StageRun:
    """Runs one stage, which the trainer was built for, from where the run stands.

    Attributes:
        document: The evaluation after the last epoch, where there is a list for it.
        stage: With the shares of the epoch that was trained last.
    """

    def __init__(
        self,
        trainer: Trainer,
        stage: Stage,
        /,
        *,
        plan: Plan,
        folder: RunFolder,
        val: EvalRows | None,
        names: list[str],
        class_num: int,
        data: Sequence[StageData],
        trackers: Sequence[Tracker],
        last: bool,
    ) -> None:
        self._trainer = trainer
        self.stage = stage
        self._plan = plan
        self._folder = folder
        self._val = val
        self._names = names
        self._class_num = class_num
        self._data = list(data)
        self._trackers = trackers
        self._last = last
        self._first_rank = stage.rank == 0
        self.document: EvalDocument | None = None
        self._scores: list[float] = []
        self._num_said = 0  # files that could not be used
        self._lr = stage.recipe.optimizer.lr
        self._last_batch: Batch | None = None
        self._sums: EpochSums
        self._batches: StageBatches
        self._cache: FeatureCache | None = None

    def run(self, cursor: Cursor, /) -> list[TrainCell]:
        """Train to the end of the stage.

        Args:
            cursor: Where the run stands, in this stage; it is moved on.

        Returns:
            Mean loss per cell over the last epoch.
        """
        lines = [line for line in self._folder.metrics() if line.stage == cursor.stage and line.epoch < cursor.epoch]
        self._scores = [line.eval[BEST] for line in lines if line.eval is not None]
        self._cache = self._open_cache()
        self._batches = self._open_batches()
        if self._first_rank:
            self._say_batches()
        try:
            if cursor.loader:
                self._batches.load_state_dict(cursor.loader)
            self._epochs(cursor)
        finally:
            self._batches.close()
        return self._sums.train_cells()

    def _open_cache(self) -> FeatureCache | None:
        """The cache where it pays or is asked for; what was counted is logged and noted with the run."""
        worth = weigh(self._trainer, self.stage, self._plan, num_val=0 if self._val is None else len(self._val))
        if worth is None:
            return None
        used = worth.pays or self.stage.recipe.run.feature_cache != "auto"
        if self._first_rank:
            note = RunFeatureCache(
                stage=self.stage.index, used=used, passes=worth.passes, passes_without=worth.passes_without
            )
            note_feature_cache(self._folder, note)
        if not used:
            log(
                f"no feature cache: it takes {worth.passes:,} passes of the frozen layers and training without it "
                f"{worth.passes_without:,}; run.feature_cache=on uses it all the same"
            )
            return None
        output = self._folder.path.parent
        return open_cache(self._trainer, self.stage, self._plan, output=output, compiles=worth.compiles)

    def _open_batches(self) -> StageBatches:
        if self.stage.recipe.distill.teacher is not None:
            teacher = open_teacher(self.stage, self._trainer, val=self._val, names=self._names)
            return TaughtBatches(open_images(self._trainer, self.stage, self._plan), teacher)
        if self._cache is None:
            return open_images(self._trainer, self.stage, self._plan)
        log(f"training on {len(self._cache.train.array):,} cached features of the frozen layers")
        return FeatureBatches(self._cache, self.stage)

    def _epochs(self, cursor: Cursor) -> None:
        epochs = self.stage.recipe.run.epochs
        while cursor.stage == self.stage.index:
            self._sums = self._new_sums(cursor.epoch)
            if cursor.epoch_step and self._first_rank:  # the sums of all processes; the others go on from zero
                self._sums.load_state(cursor.progress)
            self._follow_prior(cursor.epoch)
            metrics = self._epoch(cursor)
            cursor.epoch, cursor.epoch_step, cursor.loader, cursor.progress = cursor.epoch + 1, 0, {}, {}
            if cursor.epoch == epochs or self._stops_early():
                cursor.stage, cursor.epoch = cursor.stage + 1, 0
                cursor.progress = self._sums.state()
            every = self.stage.recipe.run.checkpoint_every
            if every is None or cursor.stage > self.stage.index or self._is_best(metrics):
                self._save(cursor, metrics, finished=self._last and cursor.stage > self.stage.index)
        cursor.progress = {}

    def _new_sums(self, epoch: int) -> EpochSums:
        """Sums per cell are kept where the epoch may be the last."""
        run = self.stage.recipe.run
        return EpochSums(self._plan.cells, per_cell=epoch == run.epochs - 1 or run.early_stop is not None)

    def _epoch(self, cursor: Cursor) -> dict[str, float]:
        """Steps, evaluation and the line in the log; the headline of the evaluation."""
        begun, seen = time.perf_counter(), self._sums.num_rows
        self._steps(cursor)
        self._num_said = say_unusable(self._batches.errors, self._num_said)
        seconds = time.perf_counter() - begun
        self._check_finite(cursor)
        if self.stage.world_size > 1:
            self._sums.over_ranks(self._trainer.sum_over_ranks)
        self.document = document = self._evaluate()
        metrics = {} if document is None else headline(document)
        if document is not None:
            self._scores.append(document.balanced_accuracy)
        self._record(
            MetricsLine(
                stage=self.stage.index,
                epoch=cursor.epoch,
                step=cursor.step,
                lr=self._lr,
                loss=self._sums.loss,
                images_per_second=(self._sums.num_rows - seen) / max(seconds, 1e-9),
                eval=metrics or None,
            )
        )
        return metrics

    def _steps(self, cursor: Cursor) -> None:
        """The rest of an epoch."""
        num_steps = len(self._batches)
        self._lr = self._rate(cursor, cursor.epoch_step - 1)  # the last one where no step is left
        with progress(f"stage {cursor.stage} epoch {cursor.epoch}", total=num_steps, unit="batches") as advance:
            advance(cursor.epoch_step)
            for batch in self._batches.epoch(cursor.epoch):
                self._lr = self._rate(cursor, cursor.epoch_step)
                self._step(batch, cursor)
                advance(1)
                every = self.stage.recipe.run.checkpoint_every
                if every is not None and cursor.step % every == 0:
                    self._save_inside(cursor)

    def _rate(self, cursor: Cursor, epoch_step: int) -> float:
        recipe, num_steps = self.stage.recipe, len(self._batches)
        step = max(cursor.epoch * num_steps + epoch_step, 0)
        return learning_rate(recipe.optimizer, step, steps_per_epoch=num_steps, epochs=recipe.run.epochs)

    def _step(self, batch: Batch, cursor: Cursor) -> None:
        self._last_batch = batch
        seed = step_seed(self.stage.seed, cursor.step, self.stage.rank)
        losses = np.asarray(self._trainer.step(batch, lr=self._lr, seed=seed))
        if not np.isfinite(losses).all():
            raise self._not_finite(f"{losses[~np.isfinite(losses)][0]}", cursor)
        self._sums.add(losses, weights=host(batch.weights), rows=host(batch.rows), positions=host(batch.positions))
        cursor.step += 1
        cursor.epoch_step += 1

    def _check_finite(self, cursor: Cursor) -> None:
        """What diverged in the last step, whose loss was finite, is neither evaluated nor saved."""
        name = self._trainer.diverged()
        if name is not None:
            raise self._not_finite(f"weights beyond float32 in '{name}'", cursor)
        parts = [] if self._last_batch is None else self._last_batch.parts(self.stage.recipe.optimizer.accumulate)
        if not all(np.isfinite(self._trainer.logits(part)).all() for part in parts):
            raise self._not_finite("logits that are not", cursor)
        self._last_batch = None

    def _not_finite(self, what: str, cursor: Cursor) -> DatatoolError:
        return DatatoolError(
            f"the loss must stay finite; got {what} at step {cursor.step} with learning rate {self._lr:g}",
            hint="lower optimizer.lr, or give optimizer.warmup_epochs",
        )

    def _evaluate(self) -> EvalDocument | None:
        if self._val is None:
            return None
        return evaluate_rows(self._trainer, self._val, stage=self.stage, names=self._names, source=self._cache)

    def _stops_early(self) -> bool:
        patience = self.stage.recipe.run.early_stop
        if patience is None or len(self._scores) <= patience:
            return False
        stops = max(self._scores[-patience:]) <= max(self._scores[:-patience])
        if stops:
            log(f"stage {self.stage.index} stops: no better balanced accuracy in {patience} evaluations")
        return stops

    def _is_best(self, metrics: dict[str, float]) -> bool:
        """Whether the epoch just recorded has a higher balanced accuracy than every one before it in the run."""
        before = [line.eval[BEST] for line in self._folder.metrics()[:-1] if line.eval is not None]
        return self._first_rank and BEST in metrics and metrics[BEST] > max(before, default=-1.0)

    def _follow_prior(self, epoch: int) -> None:
        """Plans whose quotas move hand each epoch's shares to the loss, the evaluation and the checkpoint."""
        if epoch == 0:
            return
        self.stage = at_epoch(self.stage, self._plan, epoch=epoch)
        self._trainer.set_prior(prior=self.stage.prior, quota=self.stage.quota)

    def _record(self, line: MetricsLine) -> None:
        if not self._first_rank:
            return
        self._folder.add_metrics(line)
        for tracker in self._trackers:
            tracker.log(line)
        said = "" if line.eval is None else f", balanced accuracy {line.eval[BEST]:.3f}, top-1 {line.eval['top1']:.3f}"
        log(f"stage {line.stage} epoch {line.epoch}: loss {line.loss:.4f}{said}")

    def _save_inside(self, cursor: Cursor) -> None:
        self._check_finite(cursor)
        cursor.loader, cursor.progress = self._batches.state_dict(), self._sums.state()
        if self.stage.world_size > 1:
            whole = self._new_sums(cursor.epoch)
            whole.load_state(cursor.progress)
            whole.over_ranks(self._trainer.sum_over_ranks)
            cursor.progress = whole.state()
        self._save(cursor, {})

    def _save(self, cursor: Cursor, metrics: dict[str, float], *, finished: bool = False) -> None:
        if not self._first_rank:
            return
        state = RunState(
            step=cursor.step,
            stage=cursor.stage,
            epoch=cursor.epoch,
            epoch_step=cursor.epoch_step,
            class_num=self._class_num,
            names=self._names,
            base=os.path.relpath(self.stage.base.resolve(), self._folder.path.resolve()),
            prior=shares_of(self.stage.prior),
            logit_prior={} if self.stage.logit_prior is None else shares_of(self.stage.logit_prior),
            transform=transform_of(self.stage.recipe.data),
            stages=self._data,
            loader=cursor.loader,
            progress=cursor.progress,
            metrics=metrics,
            finished=finished,
        )
        checkpoints = self._folder.checkpoints
        save_checkpoint(checkpoints / f"step_{cursor.step}", self._trainer.state(), state)
        prune(checkpoints, keep=self.stage.recipe.run.keep)

    def say(self, built: Built | None, /) -> None:
        """Log what a build tells, and keep its loading report."""
        if built is None or not self._first_rank:
            return
        log(f"stage {self.stage.index}: {built.num_trainable:,} of {built.num_parameters:,} parameters train")
        for sentence in built.messages:
            log(sentence)
        if built.report is not None:
            with atomic_file(self._folder.path / LOADING) as temporary:
                temporary.write_text(json.dumps(built.report, indent=2) + "\n", encoding="utf-8")

    def _say_batches(self) -> None:
        size, num = self.stage.recipe.data.batch_size, self.stage.world_size
        threads = self.stage.recipe.data.num_threads
        said = "" if threads is None else f", {threads * num} loader threads in all"
        times = self.stage.recipe.optimizer.accumulate
        parts = f" x {times} accumulated" if times > 1 else ""
        total = f"{size * times * num} ({size}{parts} x {num} processes)"
        log(f"total batch {total}, {len(self._batches)} steps per epoch{said}")


def headline(document: EvalDocument, /) -> dict[str, float]:
    """The figures of an evaluation that are logged every epoch."""
    figures = {
        "top1": document.top1,
        BEST: document.balanced_accuracy,
        "calibration_error": document.calibration_error,
        "corrected_balanced_accuracy": document.corrected_balanced_accuracy,
    }
    return {name: value for name, value in figures.items() if value is not None}


def step_seed(seed: int, step: int, rank: int, /) -> int:
    """31 bits for everything random inside a step, so that a resumed step repeats itself."""
    text = f"{seed}/{step}/{rank}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "little") & 0x7FFF_FFFF
