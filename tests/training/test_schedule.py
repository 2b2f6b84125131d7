"""Learning rates of steps."""

from __future__ import annotations

from typing import Any

import pytest

from datatool.schemas import OptimizerSection
from datatool.training._schedule import learning_rate


def test_rates_of_the_schedules() -> None:
    """Warm-up, cosine, steps."""

    def rates(**section: Any) -> list[float]:
        options = OptimizerSection.model_validate({"lr": 1.0, **section})
        return [learning_rate(options, step, steps_per_epoch=2, epochs=4) for step in range(8)]

    assert rates(schedule="constant", warmup_epochs=1) == [0.5, 1, 1, 1, 1, 1, 1, 1]
    assert rates(schedule="step") == [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]
    assert rates()[4] == pytest.approx(0.5)


def test_a_warm_up_longer_than_any_number_of_steps_is_a_long_one() -> None:
    section = OptimizerSection(lr=0.1, warmup_epochs=1e308)
    assert learning_rate(section, 9, steps_per_epoch=10, epochs=2) == pytest.approx(0.05)
