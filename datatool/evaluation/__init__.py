"""Metrics of a model on a list, and the classes and priors they are taken by.

_evaluate.py    evaluate: logits of a list's rows, compared with their labels
_metrics.py     figures of predictions
_compare.py     two runs on the same rows: _paired.py has the arithmetic, _rules.py what must not come out
page/           `report.html` of a run
_intervals.py   what a number of hits says of the rate behind it
_open_run.py    a trained run, opened with a checkpoint's weights
_classes.py     classes of a list against those of a run
_priors.py      shares of the classes, and what of them logits carry
_eval_rows.py   rows to evaluate on
_stage_data.py  plan and loaders of a stage
_batches.py     StageBatches: what a stage's steps are fed from
"""

from __future__ import annotations

from datatool.evaluation._batches import StageBatches, open_images
from datatool.evaluation._classes import classes_of, names_of, with_names
from datatool.evaluation._compare import compare
from datatool.evaluation._eval_rows import EvalRows, eval_rows, own_val
from datatool.evaluation._evaluate import (
    LogitsSource,
    PlacedLogits,
    check_read,
    evaluate,
    evaluate_rows,
    logits_of,
    predict_rows,
    rows_of_classes,
    write_eval,
)
from datatool.evaluation._intervals import CONFIDENCE, interval, lower_bound, upper_bound
from datatool.evaluation._metrics import calibration_error, softmax
from datatool.evaluation._open_run import OpenedRun, open_trained
from datatool.evaluation._priors import as_saved, at_epoch, shares_of
from datatool.evaluation._stage_data import (
    open_eval_loader,
    stage_plan,
    transform_loader,
    transform_of,
)

__all__ = [
    "CONFIDENCE",
    "EvalRows",
    "LogitsSource",
    "OpenedRun",
    "PlacedLogits",
    "StageBatches",
    "as_saved",
    "at_epoch",
    "calibration_error",
    "check_read",
    "classes_of",
    "compare",
    "eval_rows",
    "evaluate",
    "evaluate_rows",
    "interval",
    "logits_of",
    "lower_bound",
    "names_of",
    "open_eval_loader",
    "open_images",
    "open_trained",
    "own_val",
    "predict_rows",
    "rows_of_classes",
    "shares_of",
    "softmax",
    "stage_plan",
    "transform_loader",
    "transform_of",
    "upper_bound",
    "with_names",
    "write_eval",
]
