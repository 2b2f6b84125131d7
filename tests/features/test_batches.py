"""Batches of features stand where the loader would stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.errors import LoaderError
from datatool.features import FeatureBatches
from datatool.schemas import Plan
from tests.helpers.pixel_features import opened


@pytest.fixture
def batches(home: Path) -> FeatureBatches:
    return FeatureBatches(*opened(home, Plan.open(home / "nat.plan"), {"augment": "eval"}))


def rows(batches: FeatureBatches, epoch: int) -> list[list[int]]:
    return [batch.rows.tolist() for batch in batches.epoch(epoch)]


def test_an_epoch_asked_for_twice_begins_twice(batches: FeatureBatches) -> None:
    """Whether it was gone through or left."""
    whole = rows(batches, 1)
    assert len(whole) == len(batches) == 5
    assert rows(batches, 1) == whole
    next(batches.epoch(1))
    assert rows(batches, 1) == whole


def test_a_loaded_state_goes_on_at_its_step_once(batches: FeatureBatches) -> None:
    whole = rows(batches, 2)
    begun = batches.epoch(2)
    next(begun), next(begun)
    state = batches.state_dict()
    batches.load_state_dict(state)
    assert batches.state_dict() == state
    assert rows(batches, 2) == whole[2:]
    assert rows(batches, 2) == whole


def test_another_epoch_than_the_loaded_one_begins_at_its_beginning(batches: FeatureBatches) -> None:
    next(batches.epoch(0))
    batches.load_state_dict(batches.state_dict())
    assert len(rows(batches, 1)) == len(batches)


def test_an_iterator_raises_once_another_epoch_was_asked_for(batches: FeatureBatches) -> None:
    """If it went on it would move where the batches stand; if it ended it would seem whole."""
    old = batches.epoch(0)
    next(old)
    new = batches.epoch(1)
    with pytest.raises(LoaderError, match="left after 1 of 5 steps because epoch 1 was asked for"):
        next(old)
    next(new)
    assert (batches.state_dict()["epoch"], batches.state_dict()["step"]) == (1, 1)


def test_the_state_of_another_plan_is_refused(batches: FeatureBatches) -> None:
    with pytest.raises(LoaderError, match="must have the plan it began with"):
        batches.load_state_dict({**batches.state_dict(), "fingerprint": "other"})


def test_closed_batches_refuse(batches: FeatureBatches) -> None:
    old = batches.epoch(0)
    batches.close()
    for ask in (lambda: next(old), lambda: batches.epoch(1)):
        with pytest.raises(LoaderError, match="must be open"):
            ask()
