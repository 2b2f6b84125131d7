"""A teacher is examined before it teaches, and moves the student."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.runs import newest, read_checkpoint
from datatool.training import train

WriteRecipe = Callable[..., Path]


@pytest.fixture
def taught(write_recipe: WriteRecipe) -> Callable[..., Path]:
    """Train a good teacher; write a student's recipe."""
    teacher = write_recipe("teacher", optimizer={"lr": 0.2}, run={"epochs": 8})

    def student(name: str, **sections: dict[str, Any]) -> Path:
        run = train(teacher) if not (teacher.parent / "runs" / "teacher").exists() else None
        del run
        distill = {"teacher": "runs/teacher", **sections.pop("distill", {})}
        return write_recipe(name, distill=distill, **sections)

    return student


def model_of(run: Path) -> dict[str, Any]:
    folder = newest(run / "checkpoints")
    assert folder is not None
    return dict(read_checkpoint(folder).trainer.model)


def test_a_teacher_is_examined_first_and_changes_what_is_learned(
    taught: Callable[..., Path], write_recipe: WriteRecipe, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="datatool.training")
    with_teacher = train(taught("student"))
    said = caplog.text
    without = train(write_recipe("alone"))

    assert said.rindex("runs/teacher: balanced accuracy") < said.rindex("stage 0 epoch 0")
    first, second = model_of(with_teacher), model_of(without)
    assert not np.array_equal(first["fc.weight"], second["fc.weight"])


def test_a_teacher_at_chance_is_refused(write_recipe: WriteRecipe) -> None:
    train(write_recipe("teacher", optimizer={"lr": 1e-9}, run={"epochs": 1}))

    with pytest.raises(ConfigError, match="better than chance"):
        train(write_recipe("student", distill={"teacher": "runs/teacher"}))


def test_a_teacher_without_a_list_to_examine_it_on_is_refused(taught: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"data\.val is null"):
        train(taught("student", data={"val": None}))


def test_a_teacher_of_another_image_size_is_refused(taught: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"data\.image_size is 24, the teacher's 16"):
        train(taught("student", data={"image_size": 24}))


def test_a_higher_learning_rate_than_the_teachers_warns(
    taught: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="datatool.training")
    train(taught("student", optimizer={"lr": 0.3}))

    assert "above the teacher's" in caplog.text
