"""Metrics of a model on a list, and the classes and priors they are taken by.

_evaluate.py    evaluate: logits of a list's rows, compared with their labels
_metrics.py     figures of predictions
_open_run.py    a trained run, opened with a checkpoint's weights
_classes.py     classes of a list against those of a run
_priors.py      shares of the classes, and what of them logits carry
_stage_data.py  plan, lists and loaders of a stage
_batches.py     StageBatches: what a stage's steps are fed from
"""

from __future__ import annotations

from datatool.evaluation._batches import StageBatches, open_images
from datatool.evaluation._classes import classes_of, names_of, with_names
from datatool.evaluation._evaluate import (
    LogitsSource,
    PlacedLogits,
    evaluate,
    evaluate_rows,
    rows_of_classes,
    write_eval,
)
from datatool.evaluation._metrics import softmax
from datatool.evaluation._open_run import OpenedRun, open_trained
from datatool.evaluation._priors import as_saved, at_epoch, shares_of
from datatool.evaluation._stage_data import (
    EvalRows,
    eval_rows,
    open_eval_loader,
    stage_plan,
    transform_loader,
    transform_of,
)

__all__ = [
    "EvalRows",
    "LogitsSource",
    "OpenedRun",
    "PlacedLogits",
    "StageBatches",
    "as_saved",
    "at_epoch",
    "classes_of",
    "eval_rows",
    "evaluate",
    "evaluate_rows",
    "names_of",
    "open_eval_loader",
    "open_images",
    "open_trained",
    "rows_of_classes",
    "shares_of",
    "softmax",
    "stage_plan",
    "transform_loader",
    "transform_of",
    "with_names",
    "write_eval",
]
