"""Two rows whose losses are computed by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from datatool.schemas import LossSection
from datatool.trainers.losses import Loss, Scores

LOGITS = [[2.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
LABELS = [0, 2]
QUOTA = np.array([90.0, 9.0, 1.0])


def cross_entropy(logits: list[float], label: int) -> float:
    """-log softmax(z)_y."""
    return math.log(sum(math.exp(value) for value in logits)) - logits[label]


PLAIN = [cross_entropy(row, label) for row, label in zip(LOGITS, LABELS, strict=True)]


def loss_of(quota: Any = QUOTA, **section: Any) -> Loss:
    """The loss of a recipe's section."""
    return Loss(LossSection.model_validate(section), prior=quota / quota.sum(), quota=quota)


def scores_of(kit: Any, logits: Any = LOGITS, labels: Any = LABELS) -> Scores:
    """Logits and labels as tensors of a framework."""
    return Scores(ops=kit.ops, logits=kit.tensor(np.array(logits, np.float32)), labels=kit.tensor(np.array(labels)))


def rows(kit: Any, quota: Any = QUOTA, **section: Any) -> list[float]:
    """The losses of the two rows."""
    return [float(value) for value in kit.array(loss_of(quota, **section).rows(scores_of(kit)))]
