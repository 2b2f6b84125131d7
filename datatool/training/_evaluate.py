"""Evaluation of a trainer, or of a finished run, on a list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError, DatatoolError, LoaderError
from datatool.progress import progress
from datatool.schemas import SYNTHETIC, EvalDocument, TrainCell, atomic_file
from datatool.training._data import EvalRows, eval_rows, open_eval_loader
from datatool.training._log import log
from datatool.training._metrics import Predictions, softmax, summarise, without_prior
from datatool.training._opened import open_trained
from datatool.training._preflight import check_val
from datatool.training._run_folder import EVAL
from datatool.training._source import host
from datatool.training._trainer import Stage, StepBatch, Trainer

if TYPE_CHECKING:
    from datatool.training._feature_cache import FeatureCache
    from datatool.training._feature_store import Features

CSV: Final = "eval.csv"


def evaluate(run: Path | str, /, *, list: str | None = None, checkpoint: str = "newest") -> EvalDocument:  # noqa: A002
    """Evaluate a run.

    Args:
        run: A run folder.
        list: DATASET, relative to the current folder; default: the recipe's `data.val`.
        checkpoint: `newest`, `best` (highest balanced accuracy on `data.val`), or `step_N`.

    Raises:
        ConfigError: If the folder is no run, or there is nothing to evaluate on.
        DatasetError: If the list has classes or images that the run cannot be measured on.
        CheckpointError: If the checkpoint is missing or torn.
    """
    opened = open_trained(Path(run), checkpoint=checkpoint)
    dataset = opened.recipe.data.val if list is None else list
    if dataset is None:
        raise ConfigError("there must be a list to evaluate on; data.val is null", hint="give --list FILE")
    rows = rows_of_classes(dataset, base=opened.base if list is None else Path.cwd(), classes=opened.state.names)
    return evaluate_rows(opened.trainer, rows, stage=opened.stage, names=opened.state.names)


def rows_of_classes(dataset: str, /, *, base: Path, classes: Sequence[str]) -> EvalRows:
    """Rows to measure a run on, their labels the run's, looked at before anything is computed.

    Args:
        dataset: DATASET.
        base: What a relative path is relative to.
        classes: The run's names.

    Raises:
        DatasetError: If a class is none of the run's, or no image is where the list says.
    """
    rows = eval_rows(dataset, base=base, classes=classes)
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
    cache: FeatureCache | None = None,
) -> EvalDocument:
    """Predict rows, each process its part, and compare; the same document on every process.

    Args:
        trainer: Built.
        rows: What to predict.
        stage: How images are made, and the prior that is taken out of the logits.
        names: One for each class.
        train_cells: Goes into the document.
        cache: Features of a frozen prefix to predict from, instead of images.

    Raises:
        LoaderError: If no image can be read.
        DatatoolError: If the model gives logits that are not finite.
    """
    class_num, size = len(names), len(rows)
    prior = stage.prior if stage.logit_prior is None else stage.logit_prior
    columns = np.zeros((4, size), np.float64)  # predicted, corrected, confidence, whether it was read
    features = None if cache is None else cache.of_rows(rows)
    if cache is None or features is None:
        batches = _logits(trainer, rows, stage)
    else:
        batches = _cached_logits(trainer, rows, stage, cache, features)
    for places, logits in batches:
        _check_finite(logits)
        columns[0, places] = logits.argmax(axis=1)
        columns[1, places] = without_prior(logits, prior).argmax(axis=1)
        columns[2, places] = softmax(logits).max(axis=1)
        columns[3, places] = 1
    if stage.world_size > 1:
        columns = trainer.sum_over_ranks(columns)  # type: ignore[attr-defined]
    read = columns[3] > 0
    if not read.any():
        raise LoaderError(
            f"images to evaluate on must be readable; none of {size} is, the first is '{rows.path[0]}'",
            file=rows.file,
            hint="run datatool audit --images on the list",
        )
    if not read.all():
        log(f"{int((~read).sum())} of {size} images could not be read and are left out of the evaluation")
    found = Predictions(
        label=rows.label[read],
        predicted=columns[0, read].astype(np.int64),
        corrected=columns[1, read].astype(np.int64),
        confidence=columns[2, read],
        source=rows.source[read],
    )
    return summarise(found, class_num=class_num, names=names, train_cells=train_cells)


def _check_finite(logits: NDArray[Any]) -> None:
    if not np.isfinite(logits).all():
        raise DatatoolError(
            f"logits must be finite; got {logits[~np.isfinite(logits)][0]}",
            hint="the model diverged: train it anew with a lower optimizer.lr",
        )


def write_eval(document: EvalDocument, folder: Path, /) -> None:
    """Write `eval.json`, and `eval.csv` with a line for each class."""
    with atomic_file(folder / EVAL) as temporary:
        temporary.write_text(document.to_json(), encoding="utf-8")
    with atomic_file(folder / CSV) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["class", "name", "support", "recall", "precision"])
        for row in document.per_class:
            writer.writerow([row.class_, row.name, row.support, row.recall, row.precision])


def _logits(trainer: Trainer, rows: EvalRows, stage: Stage) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    mine = rows.part(stage.rank, stage.world_size)
    with (
        open_eval_loader(trainer, rows, mine, stage.recipe.data) as loader,
        progress("evaluate", total=len(mine), unit="images") as advance,
    ):
        for batch in loader:
            places = host(batch.positions).astype(np.int64)
            weights = host(batch.weights)
            logits = trainer.logits(StepBatch(images=batch.images, labels=batch.labels, weights=batch.weights))
            usable = weights > 0
            yield mine[places[usable]], np.asarray(logits)[usable]
            advance(len(places))


def _cached_logits(
    trainer: Trainer, rows: EvalRows, stage: Stage, cache: FeatureCache, features: Features
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    mine = rows.part(stage.rank, stage.world_size)
    mine = mine[features.readable[mine]]
    size = stage.recipe.data.batch_size
    for start in range(0, len(mine), size):
        places = mine[start : start + size]
        batch = StepBatch(
            images=None,
            features=cache.tensor(np.ascontiguousarray(features.array[places])),
            labels=cache.tensor(rows.label[places]),
            weights=cache.tensor(np.ones(len(places), np.float32)),
        )
        yield places, np.asarray(trainer.logits(batch))
