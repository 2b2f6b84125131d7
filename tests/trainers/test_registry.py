"""Trainers by their names."""

from __future__ import annotations

import pytest

from datatool.errors import ConfigError
from datatool.trainers import Trainer, make_trainer


@pytest.mark.usefixtures("toy_plugin")
def test_a_trainer_of_another_package_is_found_by_its_name() -> None:
    trainer = make_trainer("toy")
    assert isinstance(trainer, Trainer)
    assert type(trainer).__name__ == "ToyTrainer"


@pytest.mark.usefixtures("toy_plugin")
def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"got 'toi'. Hint: did you mean 'toy'\?"):
        make_trainer("toi")


@pytest.mark.usefixtures("toy_plugin")
def test_what_only_looks_like_a_trainer_is_told_its_base_class() -> None:
    sentence = r"run.trainer 'duck' must give a datatool.training.Trainer; got Duck. Hint: derive the class from"
    with pytest.raises(ConfigError, match=sentence):
        make_trainer("duck")
