"""A run's scores on held-out rows: the temperature that makes them shares, and the score from which on it answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.deploy._calibration_page import write_calibration_page
from datatool.deploy._prior import log_ratio, read_prior
from datatool.deploy._temperature import (
    Accepted,
    HeldOut,
    accepted,
    coverage_curve,
    cross_fitted,
    fit_temperature,
    least_score,
    tried_thresholds,
)
from datatool.errors import CheckpointError, ConfigError
from datatool.evaluation import (
    EvalRows,
    OpenedRun,
    calibration_error,
    check_read,
    logits_of,
    open_trained,
    rows_of_classes,
)
from datatool.runs import MODEL, log
from datatool.schemas import Calibration, CalibrationDocument, CurvePoint, atomic_file, sole_writer

CALIBRATION: Final = "calibration.json"
PAGE: Final = "calibration.html"
_OWN_SHARES: Final = "the held-out rows"


def calibrate(
    run: Path | str,
    /,
    *,
    list: str | None = None,  # noqa: A002 - the option's name
    checkpoint: str = "newest",
    precision: float | None = None,
    deploy_prior: Path | None = None,
) -> CalibrationDocument:
    """Fit a temperature, and perhaps a threshold, and write both into the run as `calibration.json` and a page.

    A temperature is kept where it lowers the loss of rows that it was not fitted on; else it stays 1.

    Args:
        run: A run folder.
        list: DATASET of held-out rows, relative to the current folder; default: the recipe's `data.val`.
        checkpoint: `newest`, `best` or `step_N`; an export of another one does not take the calibration.
        precision: Share of the answers that shall be right; None answers always.
        deploy_prior: Shares of the classes where the model will be used; None takes those of the held-out rows. A
            class that was trained and has no held-out row then keeps its share in training.

    Raises:
        ConfigError: If the run, the list, the shares or the precision cannot be used, or the rows cannot show the
            precision. Nothing is written then.
        DatasetError: If the list has classes or images that the run cannot be measured on.
        CheckpointError: If the checkpoint is missing or torn.
    """
    if precision is not None and not 0 < precision < 1:
        raise ConfigError(f"--precision must lie between 0 and 1; got {precision:g}")
    folder = Path(run)
    opened = open_trained(folder, checkpoint=checkpoint)
    rows, dataset = _rows(opened, list)
    label, logits = _logits(opened, rows)
    trained = opened.state.logit_prior or opened.state.prior
    names = opened.state.names
    prior = _as_held_out(label, trained) if deploy_prior is None else read_prior(deploy_prior, names=names)
    held_out, unseen = _held_out(opened, label, logits, prior)
    document = _document(held_out, precision=precision, prior=prior).model_copy(
        update={
            "weights": opened.state.files[MODEL],
            "step": opened.state.step,
            "dataset": dataset,
            "prior_from": _OWN_SHARES if deploy_prior is None else str(deploy_prior),
            "unseen": [opened.state.names[index] for index in unseen],
        }
    )
    with sole_writer(folder):
        write_calibration_page(document, folder / PAGE, run=folder)
        with atomic_file(folder / CALIBRATION) as temporary:
            temporary.write_text(document.to_json(), encoding="utf-8")
    return document


def read_calibration(run: Path, /, *, weights: str) -> Calibration | None:
    """The calibration of a run's checkpoint; None where there is none, which is said where it is of another one.

    Args:
        run: A run folder.
        weights: Digest of the checkpoint's model.

    Raises:
        CheckpointError: If the file is malformed.
    """
    file = run / CALIBRATION
    if not file.is_file():
        return None
    try:
        document = CalibrationDocument.model_validate_json(file.read_bytes())
    except ValueError:
        raise CheckpointError(
            f"{CALIBRATION} must be what datatool calibrate wrote; got something else",
            file=file,
            hint="run datatool calibrate again",
        ) from None
    if document.weights != weights:
        log(f"{CALIBRATION} is of step {document.step}, not of this checkpoint, and left out: run datatool calibrate")
        return None
    return document.calibration


def _rows(opened: OpenedRun, dataset: str | None) -> tuple[EvalRows, str]:
    data = opened.recipe.data
    base = opened.base if dataset is None else Path.cwd()
    chosen = data.val if dataset is None else dataset
    if chosen is None:
        raise ConfigError("there must be held-out rows to calibrate on; data.val is null", hint="give --list FILE")
    if data.test is not None and (base / chosen).resolve() == (opened.base / data.test).resolve():
        log("warning: this is data.test; a threshold is chosen by it now, so that test.json says a little too much")
    return rows_of_classes(chosen, base=base, classes=opened.state.names), chosen


def _logits(opened: OpenedRun, rows: EvalRows) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Labels and logits of the rows that can be read."""
    logits = np.zeros((len(rows), opened.state.class_num), np.float32)
    read = np.zeros(len(rows), np.bool_)
    for places, values in logits_of(opened.trainer, rows, stage=opened.stage):
        logits[places], read[places] = values, True
    check_read(rows, read)
    return rows.label[read], logits[read]


def _shares(label: NDArray[np.int64]) -> dict[int, float]:
    present, counts = np.unique(label, return_counts=True)
    return {int(index): count / len(label) for index, count in zip(present, counts.tolist(), strict=True)}


def _as_held_out(label: NDArray[np.int64], trained: Mapping[int, float]) -> dict[int, float]:
    """Shares of the held-out rows, with those of training for classes that have none: 0 would forbid them."""
    here = _shares(label)
    absent = {index: share for index, share in trained.items() if share > 0 and index not in here}
    rest = 1 - sum(absent.values())
    return {**absent, **{index: share * rest for index, share in here.items()}}


def _held_out(
    opened: OpenedRun, label: NDArray[np.int64], logits: NDArray[np.float32], prior: Mapping[int, float]
) -> tuple[HeldOut, list[int]]:
    """Rows weighted to the shares in use, and the classes in use that have none."""
    state = opened.state
    shift = log_ratio(prior, state.logit_prior or state.prior, class_num=state.class_num)
    here = _shares(label)
    weights = np.array([prior.get(index, 0.0) / here[index] for index in label.tolist()], np.float64)
    used = weights > 0
    if not used.any():
        raise ConfigError("held-out rows must be of classes that are in use; the prior has none of theirs")
    rows = HeldOut(
        logits=logits[used],
        label=label[used],
        weights=weights[used] / weights[used].mean(),
        shift=shift.astype(np.float64),
    )
    return rows, sorted(index for index, share in prior.items() if share > 0 and index not in here)


def _document(rows: HeldOut, *, precision: float | None, prior: Mapping[int, float]) -> CalibrationDocument:
    before, after = rows.probabilities(1.0), cross_fitted(rows)
    loss_before, loss_after = rows.loss(1.0), _loss(after, rows)
    if loss_after < loss_before:
        temperature = fit_temperature(rows)
    else:  # one that gains nothing on rows that it was not fitted on would make the scores worse in use
        temperature, after = 1.0, before
    score, hit = _scored(rows.probabilities(temperature), rows.label)
    whole = accepted(score, hit, rows.weights, threshold=0.0)
    chosen = whole if precision is None else _chosen(score, hit, rows.weights, precision)
    curve = coverage_curve(score, hit, rows.weights)
    total = sum(prior.values())
    return CalibrationDocument(
        weights="",
        step=0,
        dataset="",
        prior_from="",
        loss_before=loss_before,
        loss_after=loss_after,
        unseen=[],
        curve=[CurvePoint(threshold=each.threshold, coverage=each.coverage, accuracy=each.precision) for each in curve],
        calibration=Calibration(
            temperature=temperature,
            prior={index: share / total for index, share in sorted(prior.items()) if share > 0},
            precision=precision,
            threshold=None if precision is None else least_score(chosen.threshold),
            coverage=chosen.coverage,
            reached=chosen.precision,
            reached_low=chosen.low,
            rows=len(rows.label),
            calibration_error_before=calibration_error(*_scored(before, rows.label), rows.weights),
            calibration_error_after=calibration_error(*_scored(after, rows.label), rows.weights),
        ),
    )


def _chosen(
    score: NDArray[np.float64], hit: NDArray[np.bool_], weights: NDArray[np.float64], precision: float
) -> Accepted:
    tried = tried_thresholds(score, hit, weights)
    found = next((each for each in tried if each.low >= precision), None)
    if found is None:
        best = max(tried, key=lambda each: each.low)
        raise ConfigError(
            f"--precision must be one that the {len(score)} held-out rows can show; got {precision:g}, and of the "
            f"{best.coverage:.0%} with the highest scores {best.precision:.1%} are right, which shows {best.low:.3f}",
            hint="lower --precision, or hold more rows out with --list",
        )
    return found


def _scored(
    probabilities: NDArray[np.float64], label: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == label


def _loss(probabilities: NDArray[np.float64], rows: HeldOut) -> float:
    chosen = probabilities[np.arange(len(rows.label)), rows.label]
    return float(-(rows.weights * np.log(np.maximum(chosen, np.finfo(np.float64).tiny))).mean())
