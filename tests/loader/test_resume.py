from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from datatool.errors import LoaderError
from datatool.loader import BalancedLoader, Batch
from tests.helpers.written_plans import field, pixels, write_pictures, write_plan

Open = Callable[..., BalancedLoader]
STEPS = 5


def after(loader: BalancedLoader, epoch: int, steps: int) -> Any:
    """The state once so many batches of an epoch were handed over, through JSON."""
    batches = loader.epoch(epoch)
    for _ in range(steps):
        next(batches)
    return json.loads(json.dumps(loader.state_dict()))


def same(expected: list[Batch], actual: list[Batch]) -> bool:
    names = ("labels", "weights", "rows", "positions")
    return np.array_equal(pixels(expected), pixels(actual)) and all(
        field(expected, name) == field(actual, name) for name in names
    )


@pytest.mark.parametrize("steps", [0, 1, 3, 4])
def test_a_new_loader_goes_on_exactly_where_the_old_one_stood(plan: Path, open_loader: Open, steps: int) -> None:
    whole = list(open_loader(plan).epoch(1))
    resumed = open_loader(plan)
    resumed.load_state_dict(after(open_loader(plan), 1, steps))
    assert same(whole[steps:], list(resumed.epoch(1)))


def test_at_the_end_of_an_epoch_nothing_is_left_and_the_next_is_whole(plan: Path, open_loader: Open) -> None:
    state = after(open_loader(plan), 0, STEPS)
    resumed = open_loader(plan)
    resumed.load_state_dict(state)
    assert (state["epoch"], state["step"]) == (0, STEPS)
    assert list(resumed.epoch(0)) == []
    assert same(list(open_loader(plan).epoch(1)), list(resumed.epoch(1)))


def test_an_epoch_may_be_interrupted_twice(plan: Path, open_loader: Open) -> None:
    whole = list(open_loader(plan).epoch(2))
    first = open_loader(plan)
    head = [batch for _, batch in zip(range(2), first.epoch(2), strict=False)]
    second = open_loader(plan)
    second.load_state_dict(first.state_dict())
    middle = [next(second.epoch(2))]
    third = open_loader(plan)
    third.load_state_dict(second.state_dict())
    assert third.state_dict()["step"] == 3
    assert same(whole, head + middle + list(third.epoch(2)))


def test_a_loaded_state_is_the_state(plan: Path, open_loader: Open) -> None:
    state = after(open_loader(plan), 1, 3)
    resumed = open_loader(plan)
    resumed.load_state_dict(state)
    assert resumed.state_dict() == state


def test_any_other_epoch_starts_at_its_beginning(plan: Path, open_loader: Open) -> None:
    resumed = open_loader(plan)
    resumed.load_state_dict(after(open_loader(plan), 1, 3))
    assert len(list(resumed.epoch(2))) == STEPS
    assert len(list(resumed.epoch(1))) == STEPS


def test_the_same_loader_may_go_back(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    whole = list(loader.epoch(0))
    state = after(loader, 0, 2)
    list(loader.epoch(1))
    loader.load_state_dict(state)
    assert same(whole[2:], list(loader.epoch(0)))


def test_a_batch_counts_as_done_once_it_is_handed_over(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    assert loader.state_dict()["step"] == 0
    for number, _ in enumerate(loader.epoch(0), start=1):
        assert loader.state_dict()["step"] == number


@pytest.mark.parametrize(("before", "now"), [((8, 1), (4, 2)), ((4, 2), (2, 4)), ((4, 2), (8, 1))])
def test_another_world_size_goes_on_with_the_same_batches(
    plan: Path, open_loader: Open, before: tuple[int, int], now: tuple[int, int]
) -> None:
    whole = list(open_loader(plan, batch_size=8).epoch(0))
    state = after(open_loader(plan, batch_size=before[0], rank=before[1] - 1, world_size=before[1]), 0, 2)
    ranks = []
    for rank in range(now[1]):
        loader = open_loader(plan, batch_size=now[0], rank=rank, world_size=now[1])
        loader.load_state_dict(state)
        ranks.append(list(loader.epoch(0)))
    for step, batch in enumerate(whole[2:]):
        parts = [batches[step] for batches in ranks]
        assert field(parts, "positions") == batch.positions.tolist()
        assert np.array_equal(pixels(parts), batch.images)


@pytest.mark.parametrize(
    ("options", "name"), [({"batch_size": 4}, "total batch"), ({"window": 2}, "window"), ({"seed": 1}, "seed")]
)
def test_a_state_of_other_settings_is_refused(
    plan: Path, open_loader: Open, options: dict[str, int], name: str
) -> None:
    state = open_loader(plan).state_dict()
    with pytest.raises(LoaderError, match=f"must have the same {name}"):
        open_loader(plan, **options).load_state_dict(state)


def test_a_state_of_another_plan_is_refused(plan: Path, open_loader: Open, tmp_path: Path) -> None:
    names = write_pictures(tmp_path / "other", {0: 3, 1: 2})
    other = write_plan(tmp_path / "other.plan", tmp_path / "other", names)
    with pytest.raises(LoaderError, match="must have the same fingerprint"):
        open_loader(other).load_state_dict(open_loader(plan).state_dict())


@pytest.mark.parametrize("state", [{}, {"fingerprint": "x"}])
def test_what_is_no_state_is_refused(plan: Path, open_loader: Open, state: dict[str, object]) -> None:
    with pytest.raises(LoaderError, match="must have the same fingerprint"):
        open_loader(plan).load_state_dict(state)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"step": None}, "must have an epoch and a step of at least 0; got 0 and None"),
        ({"step": -1}, "must have an epoch and a step of at least 0; got 0 and -1"),
        ({"step": 10_000}, r"must have a step of at most \d+, a whole epoch; got 10000"),
        ({"epoch": "1"}, "must have an epoch and a step of at least 0; got '1' and 0"),
        ({"quarantine": None}, "must have its quarantine; got None"),
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(
    plan: Path, open_loader: Open, change: dict[str, object], sentence: str
) -> None:
    loader = open_loader(plan)
    before = loader.state_dict()
    with pytest.raises(LoaderError, match=sentence):
        loader.load_state_dict({**before, **change})
    assert loader.state_dict() == before


def test_a_state_is_json_whatever_counts_the_epochs(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    next(loader.epoch(cast(int, np.int64(3))))
    assert json.loads(json.dumps(loader.state_dict()))["epoch"] == 3


@pytest.mark.parametrize("augment", ["crop-flip+mixup+cutmix", "crop-flip+jitter+erase+randaugment"])
def test_resume_is_exact_with_every_augmentation(plan: Path, open_loader: Open, augment: str) -> None:
    whole = list(open_loader(plan, augment=augment).epoch(1))
    resumed = open_loader(plan, augment=augment)
    resumed.load_state_dict(after(open_loader(plan, augment=augment), 1, 2))
    assert same(whole[2:], list(resumed.epoch(1)))
