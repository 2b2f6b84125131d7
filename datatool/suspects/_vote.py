"""Which label each row should have, by two voters: a linear head out of fold, and the nearest neighbours."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.probe import PENALTIES, Design, cosine_blocks, softmax, stratified_folds, unit_rows

NUM_FOLDS: Final = 5
NUM_REPEATS: Final = 2  # two against one gain 0.02 average precision
NUM_NEIGHBOURS: Final = 30
MAX_FIT: Final = 20_000  # rows that a head is fitted to, the classes capped alike
_MAX_KEPT: Final = 1 << 30  # bytes of prepared features that are kept from one labelling to the next
MAX_REFERENCE: Final = 20_000  # rows that neighbours are looked for among

Floats32 = NDArray[np.float32]
Floats = NDArray[np.float64]


def make_folds(labels: NDArray[np.int64], groups: NDArray[np.int64], /, *, seed: int) -> NDArray[np.int64]:
    """Fold of each row in each repeat, int64 (R, N); stratified, rows of one group together."""
    found = [
        stratified_folds(labels, groups, num_folds=NUM_FOLDS, seed=seed * NUM_REPEATS + repeat)
        for repeat in range(NUM_REPEATS)
    ]
    return np.stack(found)


class OutOfFold:
    """Linear heads on all folds but one, asked about that one.

    Args:
        features: float32 (N, D).
        labels: int64 (N,), the given ones: which rows are fitted to, where they are too many, does not depend on
            others that are tried.
        folds: int64 (R, N), from `make_folds`.
        num_classes: K.
    """

    def __init__(
        self, features: Floats32, labels: NDArray[np.int64], folds: NDArray[np.int64], /, *, num_classes: int
    ) -> None:
        self._features = features
        self._labels = labels
        self._folds = folds
        self._num_classes = num_classes
        self._kept: dict[tuple[int, int], Design] = {}
        self._keeps = features.nbytes * folds.shape[0] * NUM_FOLDS < _MAX_KEPT

    def votes(self, labels: NDArray[np.int64], /, *, penalty: float, repeats: int = NUM_REPEATS) -> Floats:
        """Probabilities float64 (N, K) under the given labels, int64 (N,), averaged over repeats."""
        total = np.zeros((len(labels), self._num_classes))
        for repeat in range(repeats):
            for held in range(NUM_FOLDS):
                test = self._folds[repeat] == held
                if not test.any() or test.all():
                    continue
                rows = _capped(self._labels, np.flatnonzero(~test))
                head = self._design(repeat, held, rows).fit(
                    labels[rows], num_classes=self._num_classes, penalty=penalty
                )
                total[test] += softmax(head.logits(self._features[test]))
        return total / repeats

    def best_penalty(self) -> float:
        """The penalty whose out-of-fold log loss is least, over the first repeat."""
        rows = np.arange(len(self._labels))
        losses = [
            -np.log(self.votes(self._labels, penalty=penalty, repeats=1)[rows, self._labels] + 1e-12).sum()
            for penalty in PENALTIES
        ]
        return PENALTIES[int(np.argmin(losses))]

    def _design(self, repeat: int, held: int, rows: NDArray[np.int64]) -> Design:
        made = self._kept.get((repeat, held)) or Design(self._features[rows])
        if self._keeps:
            self._kept[repeat, held] = made
        return made


def neighbour_votes(features: Floats32, labels: NDArray[np.int64], /, *, num_classes: int, seed: int) -> Floats:
    """Share of each label among the nearest rows by the cosine of centred features, float64 (N, K); self left out."""
    rows = unit_rows(features, centred=True)
    reference = reference_rows(labels, seed=seed)
    count = min(NUM_NEIGHBOURS, len(reference) - 1)
    found = np.zeros((len(rows), num_classes))
    place = np.full(len(rows), -1)
    place[reference] = np.arange(len(reference))
    for start, cosines in cosine_blocks(rows, rows[reference]):
        own = place[start : start + len(cosines)]
        cosines[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        at = np.repeat(np.arange(start, start + len(cosines)), count)
        np.add.at(found, (at, labels[reference][nearest].ravel()), 1.0 / count)
    return found


def reference_rows(labels: NDArray[np.int64], /, *, seed: int) -> NDArray[np.int64]:
    """Rows to compare with, all of them or at most 20,000, the classes in their shares."""
    if len(labels) <= MAX_REFERENCE:
        return np.arange(len(labels))
    fold = stratified_folds(labels, np.arange(len(labels)), num_folds=-(-len(labels) // MAX_REFERENCE), seed=seed)
    return np.flatnonzero(fold == 0)


def _capped(labels: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `MAX_FIT` of the rows, every n-th in each class alike so that shares stay."""
    if len(rows) <= MAX_FIT:
        return rows
    order = rows[np.argsort(labels[rows], kind="stable")]
    return np.sort(order[np.linspace(0, len(order) - 1, MAX_FIT).round().astype(np.int64)])
