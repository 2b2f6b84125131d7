"""How predictions compare with labels: counts per class and source, calibration, correction of the prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.evaluation._intervals import interval
from datatool.schemas import (
    ClassMetrics,
    ConfusedPair,
    EvalDocument,
    Mistake,
    SliceMetrics,
    SourceMetrics,
    TrainCell,
)

MAX_CONFUSION: Final = 2000  # classes; a square of counts past this is 32 MB of mostly zeros, and is left empty
_PAIRS: Final = 30  # of classes, most often confused
_WORST: Final = 4  # pictures of each
_BINS: Final = 15  # Guo et al. 2017, arXiv:1706.04599, use 15


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """One entry per evaluated row.

    Attributes:
        label: int64 (N,).
        predicted: int64 (N,), class of the largest logit.
        corrected: int64 (N,), the same after the log of the prior they carry was subtracted from the logits.
        confidence: float64 (N,), softmax probability of ``predicted``.
        loss: float64 (N,), cross-entropy.
        path: N locators.
        source: N strings.
        place: int64 (N,), of the row in its list.
        columns: Further columns by name, N strings each.
    """

    label: NDArray[np.int64]
    predicted: NDArray[np.int64]
    corrected: NDArray[np.int64]
    confidence: NDArray[np.float64]
    loss: NDArray[np.float64]
    path: Sequence[str]
    source: NDArray[np.str_]
    place: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)


def softmax(logits: NDArray[Any], /) -> NDArray[np.float64]:
    """Rows of probabilities.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    result: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return result


def losses(logits: NDArray[Any], label: NDArray[np.int64], /) -> NDArray[np.float64]:
    """Cross-entropy of each row, float64 (N,).

    >>> losses(np.array([[0.0, 0.0]]), np.array([1])).round(4).tolist()
    [0.6931]
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(label)), label]
    return found


def without_prior(logits: NDArray[Any], prior: NDArray[np.float64], /) -> NDArray[np.float64]:
    """Logits less the log of the prior they carry (Menon et al. 2020, arXiv:2007.07314, post hoc).

    The largest is then the prediction for equally likely classes. Classes without rows are left out: not moved.
    """
    with np.errstate(divide="ignore"):
        shift = np.where(prior > 0, np.log(prior), 0.0)
    return logits.astype(np.float64) - shift


def recalls(label: NDArray[np.int64], predicted: NDArray[np.int64], /, *, class_num: int) -> NDArray[np.float64]:
    """Recall of each class, float64 (class_num,); NaN without rows."""
    support = np.bincount(label, minlength=class_num)
    hits = np.bincount(label[label == predicted], minlength=class_num)
    return np.where(support > 0, hits / np.maximum(support, 1), np.nan)


def balanced_accuracy(label: NDArray[np.int64], predicted: NDArray[np.int64], /, *, class_num: int) -> float:
    """Mean recall over classes with rows.

    >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), class_num=3)
    0.8333333333333333
    """
    return float(np.nanmean(recalls(label, predicted, class_num=class_num)))


def calibration_error(
    confidence: NDArray[np.float64], hit: NDArray[np.bool_], weights: NDArray[np.float64] | None = None, /
) -> float:
    """Expected calibration error over 15 bins of equal width (Guo et al. 2017, arXiv:1706.04599, Eq. 3).

    Args:
        confidence: float64 (N,).
        hit: bool (N,).
        weights: float64 (N,), what each row counts; None counts all alike.

    >>> calibration_error(np.array([0.9, 0.9]), np.array([True, False]))
    0.4
    """
    bins = np.minimum((np.ceil(confidence * _BINS) - 1).clip(0), _BINS - 1).astype(np.int64)
    counted = np.ones(len(hit)) if weights is None else weights
    sums = np.bincount(bins, weights=confidence * counted, minlength=_BINS)
    hits = np.bincount(bins, weights=hit * counted, minlength=_BINS)
    return float(np.abs(sums - hits).sum() / max(counted.sum(), 1e-12))


def confusion(label: NDArray[np.int64], predicted: NDArray[np.int64], /, *, class_num: int) -> list[list[int]]:
    """Rows are true classes, columns predicted ones; empty past ``MAX_CONFUSION`` classes."""
    if class_num > MAX_CONFUSION:
        return []
    pairs = np.bincount(label * class_num + predicted, minlength=class_num * class_num)
    table: list[list[int]] = pairs.reshape(class_num, class_num).tolist()
    return table


def confused_pairs(found: Predictions, /, *, class_num: int) -> list[ConfusedPair]:
    """The pairs of classes most often confused, each with the rows of its largest losses."""
    wrong = np.flatnonzero(found.label != found.predicted)
    keys, inverse, images = np.unique(
        found.label[wrong] * class_num + found.predicted[wrong], return_inverse=True, return_counts=True
    )
    return [
        ConfusedPair.model_validate(
            {
                "class": int(keys[place]) // class_num,
                "predicted": int(keys[place]) % class_num,
                "images": int(images[place]),
                "worst": _worst(found, wrong[inverse == place]),
            }
        )
        for place in np.argsort(-images, kind="stable")[:_PAIRS].tolist()
    ]


def _worst(found: Predictions, rows: NDArray[np.int64]) -> list[Mistake]:
    chosen = rows[np.argsort(-found.loss[rows], kind="stable")[:_WORST]].tolist()
    return [
        Mistake(
            path=str(found.path[row]),
            loss=round(float(found.loss[row]), 4),
            score=round(float(found.confidence[row]), 4),
        )
        for row in chosen
    ]


def summarise(
    found: Predictions, /, *, class_num: int, names: list[str], train_cells: list[TrainCell] | None = None
) -> EvalDocument:
    """The evaluation document of some predictions."""
    hit = found.label == found.predicted
    return EvalDocument(
        top1=float(hit.mean()),
        balanced_accuracy=balanced_accuracy(found.label, found.predicted, class_num=class_num),
        calibration_error=calibration_error(found.confidence, hit),
        corrected_top1=float((found.label == found.corrected).mean()),
        corrected_balanced_accuracy=balanced_accuracy(found.label, found.corrected, class_num=class_num),
        per_class=_per_class(found, class_num, names),
        per_source=_per_source(found, class_num),
        slices=[each for column in found.columns for each in _slices(found, column, class_num)],
        confused=confused_pairs(found, class_num=class_num),
        confusion=confusion(found.label, found.predicted, class_num=class_num),
        train_cells=train_cells or [],
    )


def _per_class(found: Predictions, class_num: int, names: list[str]) -> list[ClassMetrics]:
    support = np.bincount(found.label, minlength=class_num)
    predicted = np.bincount(found.predicted, minlength=class_num)
    hits = np.bincount(found.label[found.label == found.predicted], minlength=class_num)
    return [
        ClassMetrics.model_validate(
            {
                "class": index,
                "name": names[index],
                "support": int(support[index]),
                "recall": float(hits[index] / support[index]) if support[index] else None,
                "precision": float(hits[index] / predicted[index]) if predicted[index] else None,
            }
        )
        for index in range(class_num)
    ]


def _per_source(found: Predictions, class_num: int) -> list[SourceMetrics]:
    metrics = []
    for source in sorted(set(found.source.tolist())):
        rows = found.source == source
        label, predicted = found.label[rows], found.predicted[rows]
        recall = recalls(label, predicted, class_num=class_num)
        precision = recalls(predicted, label, class_num=class_num)  # the two change places with labels and predictions
        metrics.append(
            SourceMetrics(
                source=source,
                support=int(rows.sum()),
                top1=float((label == predicted).mean()),
                balanced_accuracy=float(np.nanmean(recall)),
                per_class=_defined(recall),
                precision=_defined(precision),
            )
        )
    return metrics


def _slices(found: Predictions, column: str, class_num: int) -> list[SliceMetrics]:
    """One for each value, the largest first."""
    values, inverse, counts = np.unique(found.columns[column], return_inverse=True, return_counts=True)
    metrics = []
    for place in np.argsort(-counts, kind="stable").tolist():
        rows = inverse == place
        label, predicted = found.label[rows], found.predicted[rows]
        hits, total = int((label == predicted).sum()), len(label)
        recall = recalls(label, predicted, class_num=class_num)
        low, high = interval(hits, total)
        metrics.append(
            SliceMetrics(
                column=column,
                value=str(values[place]),
                support=total,
                top1=hits / total,
                low=low,
                high=high,
                balanced_accuracy=float(np.nanmean(recall)),
                classes=int((~np.isnan(recall)).sum()),
                per_class=_defined(recall),
            )
        )
    return metrics


def _defined(figures: NDArray[np.float64]) -> dict[int, float]:
    return {index: value for index, value in enumerate(figures.tolist()) if not np.isnan(value)}
