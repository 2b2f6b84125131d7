"""Learning rate of a step."""

from __future__ import annotations

import math

from datatool.schemas import OptimizerSection


def learning_rate(section: OptimizerSection, step: int, /, *, steps_per_epoch: int, epochs: int) -> float:
    """The rate of a stage's 0-based ``step``.

    Warm-up rises linearly to ``lr`` over ``warmup_epochs``. After it, over what is left of the stage: `constant` stays,
    `cosine` falls as lr (1 + cos(pi t)) / 2 with t from 0 to 1, `step` divides by 10 at t = 1/2 and again at 3/4.

    >>> from datatool.schemas import OptimizerSection
    >>> learning_rate(OptimizerSection(lr=0.1), 5, steps_per_epoch=10, epochs=1)
    0.05
    """
    total = steps_per_epoch * epochs
    warm = round(min(section.warmup_epochs * steps_per_epoch, total))
    if step < warm:
        return section.lr * (step + 1) / warm
    t = (step - warm) / max(total - warm, 1)
    if section.schedule == "cosine":
        return section.lr * (1 + math.cos(math.pi * t)) / 2
    if section.schedule == "step":
        return section.lr * (0.01 if t >= 0.75 else 0.1 if t >= 0.5 else 1.0)
    return section.lr
