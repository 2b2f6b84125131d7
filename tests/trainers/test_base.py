"""What a trainer has without saying anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.models import MOST_PASSES
from datatool.schemas import Recipe
from datatool.trainers import Stage, Trainer
from tests.helpers.least_trainer import Least


def test_five_methods_make_a_trainer() -> None:
    trainer = Least()
    shares = np.full(3, 1 / 3)
    stage = Stage(index=0, recipe=Recipe(), base=Path(), seed=0, prior=shares, quota=shares)
    trainer.check_stage(stage)
    trainer.set_prior(prior=shares, quota=shares)
    assert (trainer.framework, trainer.device) == ("numpy", "cpu")
    assert trainer.diverged() is None
    assert trainer.prefix(np.zeros((1, 3, 8, 8), np.float32)) is None
    assert trainer.passes_to_compile(8) == MOST_PASSES


def test_the_sum_over_one_process_is_what_it_has() -> None:
    array = np.arange(3)
    assert Least().sum_over_ranks(array) is array


@pytest.mark.parametrize("name", ["build", "step", "logits", "state", "load_state"])
def test_a_trainer_without_one_of_the_five_cannot_be_made(name: str) -> None:
    kind: Any = type("Lacking", (Least,), {name: getattr(Trainer, name)})
    with pytest.raises(TypeError, match=f"abstract method '?{name}'?"):
        kind()
