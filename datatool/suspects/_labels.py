"""Rows whose label is probably wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.suspects._options import LEAST_FOUND, MAX_OF_CLASS, MIN_ACCUSED, MIN_JUDGED
from datatool.suspects._planted import NUM_PLANTINGS, Errors, Planting, count_errors, plant
from datatool.suspects._score import COUNTING, label_scores
from datatool.suspects._vote import OutOfFold, make_folds, neighbour_votes

Floats = NDArray[np.float64]
_STREAM: Final = 801  # of random numbers, apart from those of whoever else counts with the same seed
_CHANCE: Final = 0.6  # recall that two or three classes must pass, where twice chance is out of reach


@dataclass(frozen=True, kw_only=True, eq=False)
class Labels:
    """What was found of labels.

    Attributes:
        score: float64 (N,), NaN where a row is not judged.
        suggested: int64 (N,), place of the class that fits better.
        accused: Bool (N,): within the number of errors that the planted ones tell of, and the caps.
        errors: How many there are; None where labels cannot be judged.
        head: float64 (N, K), probabilities of the head, out of fold.
        notes: Sentences.
    """

    score: Floats
    suggested: NDArray[np.int64]
    accused: NDArray[np.bool_]
    errors: Errors | None
    head: Floats
    notes: tuple[str, ...]


def judge_labels(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    /,
    *,
    num_classes: int,
    seed: int,
) -> Labels:
    """Score every label, count the errors, and name as many rows as there probably are.

    Args:
        features: float32 (N, D).
        labels: int64 (N,), below ``num_classes``.
        groups: int64 (N,), rows that stay in one fold.
        num_classes: K.
        seed: Of folds and planted labels.
    """
    sizes = np.bincount(labels, minlength=num_classes).astype(np.float64)
    judged = sizes[labels] >= MIN_JUDGED
    nothing = Labels(
        score=np.full(len(labels), np.nan),
        suggested=labels,
        accused=np.zeros(len(labels), np.bool_),
        errors=None,
        head=np.zeros((len(labels), num_classes)),
        notes=(),
    )
    if int((sizes >= MIN_JUDGED).sum()) < 2:
        return _noted(nothing, f"labels are not judged: fewer than two classes have {MIN_JUDGED} rows")
    folds = make_folds(labels, groups, seed=seed)
    heads = OutOfFold(features, labels, folds, num_classes=num_classes)
    penalty = heads.best_penalty()
    head = heads.votes(labels, penalty=penalty)
    near = neighbour_votes(features, labels, num_classes=num_classes, seed=seed)
    recall, least = _recall(head, labels, sizes), least_recall(int((sizes >= MIN_JUDGED).sum()))
    if recall < least:
        return _noted(nothing, f"labels are not judged: a head recalls {recall:.2f} of a class here, under {least:.2f}")
    votes = (head + near) / 2
    scores = label_scores(votes, labels, sizes=sizes)
    random = np.random.default_rng([seed, _STREAM])
    wrong = [plant(head, labels, judged, random) for _ in range(NUM_PLANTINGS)]
    plantings = [
        _planting(features, new, planted, heads.votes(new, penalty=penalty), judged, seed=seed)
        for new, planted in wrong
    ]
    errors = count_errors(plantings, num_rows=int(judged.sum()))
    found = Labels(
        score=np.where(judged, scores.score, np.nan),
        suggested=scores.suggested,
        accused=np.zeros(len(labels), np.bool_),
        errors=errors,
        head=head,
        notes=_small(sizes),
    )
    if errors.found_in_10 < LEAST_FOUND:
        said = f"{errors.found_in_10:.0%} of labels made wrong on purpose"
        return _noted(found, f"no label is accused: the first 10 % of the ranking hold {said}, little more than chance")
    return replace(found, accused=accused_rows(found.score, labels, sizes=sizes, most=errors.estimate))


def accused_rows(score: Floats, labels: NDArray[np.int64], /, *, sizes: Floats, most: int) -> NDArray[np.bool_]:
    """The most suspicious rows, bool (N,): at most ``most``, a fifth of a class, none of a class under 20 rows.

    >>> score = np.arange(40.0)
    >>> int(accused_rows(score, np.zeros(40, int), sizes=np.array([40.0]), most=30).sum())
    8
    """
    room = np.where(sizes >= MIN_ACCUSED, np.floor(MAX_OF_CLASS * sizes), 0).astype(np.int64)
    named = np.zeros(len(labels), np.bool_)
    for row in np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable").tolist():
        if most <= 0 or not score[row] > 0:
            break
        if room[labels[row]] > 0:
            named[row] = True
            room[labels[row]] -= 1
            most -= 1
    return named


def least_recall(num_classes: int, /) -> float:
    """Mean recall below which a head knows too little: twice chance, or 0.6 for two or three classes.

    >>> least_recall(10), least_recall(2)
    (0.2, 0.6)
    """
    return min(2 / num_classes, _CHANCE)


def _recall(votes: Floats, labels: NDArray[np.int64], sizes: Floats) -> float:
    """Mean recall of a head with its prior taken out, over the judged classes."""
    hits = (votes / np.maximum(sizes, 1)).argmax(axis=1) == labels
    recalls = np.bincount(labels, weights=hits, minlength=len(sizes)) / np.maximum(sizes, 1)
    return float(recalls[sizes >= MIN_JUDGED].mean())


def _planting(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    planted: NDArray[np.bool_],
    head: Floats,
    judged: NDArray[np.bool_],
    *,
    seed: int,
) -> Planting:
    num_classes = head.shape[1]
    near = neighbour_votes(features, labels, num_classes=num_classes, seed=seed)
    sizes = np.bincount(labels, minlength=num_classes).astype(np.float64)
    score = label_scores((head + near) / 2, labels, sizes=sizes, floor=COUNTING).score
    return Planting(score[judged], planted[judged])


def _small(sizes: Floats) -> tuple[str, ...]:
    few = int(((sizes < MIN_JUDGED) & (sizes > 0)).sum())
    careful = int(((sizes < MIN_ACCUSED) & (sizes >= MIN_JUDGED)).sum())
    said = []
    if few:
        said.append(f"{few} classes under {MIN_JUDGED} rows are not judged")
    if careful:
        said.append(f"no row of {careful} classes under {MIN_ACCUSED} rows is accused; their scores are in the table")
    return tuple(said)


def _noted(labels: Labels, sentence: str) -> Labels:
    return replace(labels, notes=(*labels.notes, sentence))
