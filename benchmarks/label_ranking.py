"""How labels are ranked by the product's functions, without counting errors: what other scores are compared with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from advise_truth import looked_at
from frozen import Photographs
from numpy.typing import NDArray

from datatool.suspects._score import label_scores
from datatool.suspects._vote import OutOfFold, make_folds, neighbour_votes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Ranking(NamedTuple):
    """Scores float64 (N,), the classes that fit better int64 (N,), and the head's probabilities float64 (N, K)."""

    score: Floats
    suggested: Ints
    head: Floats

    def self_confidence(self, given: Ints) -> Floats:
        """1 - p of the given label: the simplest score there is."""
        return 1.0 - self.head[np.arange(len(given)), given]


def ranking(photographs: Photographs, paths: list[str], given: Ints) -> Ranking:
    """What `datatool suspects` has in its table for these labels, all classes of which have five rows and more."""
    lines = [f"{path} {label}" for path, label in zip(paths, given.tolist(), strict=True)]
    features = looked_at(photographs, "ranked", lines).features
    num = int(given.max()) + 1
    heads = OutOfFold(features, given, make_folds(given, np.arange(len(given)), seed=0), num_classes=num)
    head = heads.votes(given, penalty=heads.best_penalty())
    near = neighbour_votes(features, given, num_classes=num, seed=0)
    sizes = np.bincount(given, minlength=num).astype(np.float64)
    found = label_scores((head + near) / 2, given, sizes=sizes)
    return Ranking(found.score, found.suggested, head)
