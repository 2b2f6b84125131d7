"""Evaluation of a trainer, or of a finished run, on a list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError, DatatoolError, LoaderError
from datatool.evaluation._classes import names_of, with_names
from datatool.evaluation._eval_rows import EvalRows, check_val, eval_rows
from datatool.evaluation._metrics import Predictions, losses, softmax, summarise, without_prior
from datatool.evaluation._open_run import open_trained
from datatool.evaluation._stage_data import open_eval_loader
from datatool.frameworks import host
from datatool.progress import progress
from datatool.runs import EVAL, log
from datatool.schemas import EVAL_SPLITS, SYNTHETIC, EvalDocument, TrainCell, atomic_file, some_named
from datatool.trainers import Stage, Trainer

PlacedLogits = Iterator[tuple[NDArray[np.int64], NDArray[Any]]]


class LogitsSource(Protocol):
    """Gives the logits of rows without looking at their images."""

    def logits(self, rows: EvalRows, /) -> PlacedLogits | None:
        """Places (N,) of this process's rows with logits (N, class_num), batch by batch; None where it has none."""
        ...


def evaluate(
    run: Path | str,
    /,
    *,
    list: str | None = None,  # noqa: A002 - the option's name
    checkpoint: str = "newest",
    by: Sequence[str] = (),
    names: Path | str | None = None,
) -> EvalDocument:
    """Evaluate a run.

    Args:
        run: A run folder.
        list: DATASET, relative to the current folder; default: the recipe's `data.val`.
        checkpoint: `newest`, `best` (highest balanced accuracy on `data.val`), or `step_N`.
        names: Names file of the list; it names the run's classes too where they have none.
        by: Columns of the list whose values are measured apart: `source`, `file`, or one of a table's.

    Raises:
        ConfigError: If the folder is no run, or there is nothing to evaluate on.
        DatasetError: If the list has classes, images or columns that the run cannot be measured on.
        CheckpointError: If the checkpoint is missing or torn.
    """
    opened = open_trained(Path(run), checkpoint=checkpoint)
    dataset = opened.recipe.data.val if list is None else list
    if dataset is None:
        raise ConfigError("there must be a list to evaluate on; data.val is null", hint="give --list FILE")
    base = opened.base if list is None else Path.cwd()
    rows = rows_of_classes(dataset, base=base, classes=opened.state.names, names=names, by=by)
    document = evaluate_rows(
        opened.trainer, rows, stage=opened.stage, names=with_names(opened.state.names, names_of(names))
    )
    of: dict[str, Any] = {"split": "val" if list is None else "list", "dataset": dataset, "step": opened.state.step}
    return document.model_copy(update=of)


def rows_of_classes(
    dataset: str,
    /,
    *,
    base: Path,
    classes: Sequence[str],
    names: Path | str | None = None,
    by: Sequence[str] = (),
    splits: Sequence[str] = EVAL_SPLITS,
) -> EvalRows:
    """Rows to measure a run on, their labels the run's, looked at before anything is computed.

    Args:
        dataset: DATASET.
        base: What a relative path is relative to.
        classes: The run's names.
        names: Names file of the data set.
        by: Columns to keep.
        splits: That may be meant where the data set has several.

    Raises:
        DatasetError: If a class is none of the run's, or no image is where the list says.
    """
    rows = eval_rows(dataset, base=base, classes=classes, names=names, by=by, splits=splits)
    check_val(rows, class_num=len(classes))
    synthetic = int((rows.source == SYNTHETIC).sum())
    if synthetic:
        log(
            f"warning: {synthetic} of the {len(rows)} rows of '{dataset}' are synthetic and count in balanced accuracy "
            "and top-1; per_source has the real ones alone"
        )
    return rows


def evaluate_rows(
    trainer: Trainer,
    rows: EvalRows,
    /,
    *,
    stage: Stage,
    names: list[str],
    train_cells: list[TrainCell] | None = None,
    source: LogitsSource | None = None,
) -> EvalDocument:
    """Predict rows, each process its part, and compare; the same document on every process.

    Args:
        trainer: Built.
        rows: What to predict.
        stage: How images are made, and the prior that is taken out of the logits.
        names: One for each class.
        train_cells: Goes into the document.
        source: What gives logits from something kept, such as features of a frozen prefix, instead of from images.

    Raises:
        LoaderError: If no image can be read.
        DatatoolError: If the model gives logits that are not finite.
    """
    found = predict_rows(trainer, rows, stage=stage, class_num=len(names), source=source)
    document = summarise(found, class_num=len(names), names=names, train_cells=train_cells)
    return document.model_copy(update={"weights": "last" if stage.recipe.optimizer.ema is None else "averaged"})


def predict_rows(
    trainer: Trainer, rows: EvalRows, /, *, stage: Stage, class_num: int, source: LogitsSource | None = None
) -> Predictions:
    """Predictions of the rows whose images can be read, in their order; the same on every process.

    Args:
        trainer: Built.
        rows: What to predict.
        stage: How images are made, and the prior that is taken out of the logits.
        class_num: Classes of the model.
        source: What gives logits from something kept.

    Raises:
        LoaderError: If no image can be read.
        DatatoolError: If the model gives logits that are not finite.
    """
    size = len(rows)
    prior = stage.prior if stage.logit_prior is None else stage.logit_prior
    columns = np.zeros((5, size), np.float64)  # predicted, corrected, confidence, loss, whether it was read
    assert len(prior) == class_num
    for places, logits in logits_of(trainer, rows, stage=stage, source=source):
        columns[0, places] = logits.argmax(axis=1)
        columns[1, places] = without_prior(logits, prior).argmax(axis=1)
        columns[2, places] = softmax(logits).max(axis=1)
        columns[3, places] = losses(logits, rows.label[places])
        columns[4, places] = 1
    if stage.world_size > 1:
        columns = trainer.sum_over_ranks(columns)
    read = np.flatnonzero(columns[4] > 0)
    check_read(rows, columns[4] > 0)
    return Predictions(
        label=rows.label[read],
        predicted=columns[0, read].astype(np.int64),
        corrected=columns[1, read].astype(np.int64),
        confidence=columns[2, read],
        loss=columns[3, read],
        path=[rows.path[row] for row in read.tolist()],
        source=rows.source[read],
        place=read,
        columns={name: values[read] for name, values in rows.columns.items()},
    )


def logits_of(trainer: Trainer, rows: EvalRows, /, *, stage: Stage, source: LogitsSource | None = None) -> PlacedLogits:
    """Finite logits of this process's rows, batch by batch.

    Raises:
        DatatoolError: If the model gives logits that are not finite.
    """
    kept = None if source is None else source.logits(rows)
    for places, logits in _logits(trainer, rows, stage) if kept is None else kept:
        _check_finite(logits)
        yield places, logits


def check_read(rows: EvalRows, was_read: NDArray[np.bool_], /) -> None:
    """Name the images that could not be read.

    Args:
        rows: N rows.
        was_read: bool (N,).

    Raises:
        LoaderError: If that is all of them.
    """
    size, unread = len(rows), np.flatnonzero(~was_read).tolist()
    if len(unread) == size:
        raise LoaderError(
            f"images to evaluate on must be readable; none of {size} is, the first is '{rows.path[0]}'",
            file=rows.file,
            hint="run datatool audit --images on the list",
        )
    if unread:
        named = some_named([rows.path[row] for row in unread])
        log(f"{len(unread)} of {size} images could not be read and are left out of the evaluation: {named}")


def _check_finite(logits: NDArray[Any]) -> None:
    if not np.isfinite(logits).all():
        raise DatatoolError(
            f"logits must be finite; got {logits[~np.isfinite(logits)][0]}",
            hint="the model diverged: train it anew with a lower optimizer.lr",
        )


def write_eval(document: EvalDocument, folder: Path, /, *, name: str = EVAL) -> None:
    """Write `eval.json`, and `eval.csv` with a line for each class; or both under another name."""
    json_file = folder / name
    with atomic_file(json_file) as temporary:
        temporary.write_text(document.to_json(), encoding="utf-8")
    with (
        atomic_file(json_file.with_suffix(".csv")) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["class", "name", "support", "recall", "precision"])
        for row in document.per_class:
            writer.writerow([row.class_, row.name, row.support, row.recall, row.precision])


def _logits(trainer: Trainer, rows: EvalRows, stage: Stage) -> PlacedLogits:
    mine = rows.part(stage.rank, stage.world_size)
    with (
        open_eval_loader(trainer, rows, mine, stage.recipe.data) as loader,
        progress("evaluate", total=len(mine), unit="images") as advance,
    ):
        for batch in loader:
            places, usable = host(batch.positions), host(batch.weights) > 0
            yield mine[places[usable]], np.asarray(trainer.logits(batch))[usable]
            advance(len(places))
