"""One epoch is under way at a time, and none ends before its last step without an error."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from datatool.errors import LoaderError
from datatool.loader import BalancedLoader, EvalLoader
from tests.helpers.written_plans import LOADER_OPTIONS, field, path_of

Open = Callable[..., BalancedLoader]
STEPS = 5


def expected(loader: BalancedLoader, epoch: int, first: int = 0) -> list[int]:
    rows: list[int] = []
    for step in range(first, STEPS):
        rows += loader.sampler.batch(epoch, step).tolist()
    return rows


def rows_of(loader: BalancedLoader) -> list[Any]:
    return field(list(loader), "rows")


def test_iterating_a_loader_gives_one_epoch_after_the_other(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    for epoch in range(3):
        assert rows_of(loader) == expected(loader, epoch)
        assert (loader.state_dict()["epoch"], loader.state_dict()["step"]) == (epoch, STEPS)


def test_set_epoch_chooses_the_next_iteration_and_those_after_it_follow_on(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    loader.set_epoch(7)
    assert rows_of(loader) == expected(loader, 7)
    assert rows_of(loader) == expected(loader, 8)


def test_an_epoch_asked_for_by_number_is_the_one_to_follow_on(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    list(loader.epoch(4))
    assert rows_of(loader) == expected(loader, 5)


def test_an_epoch_of_which_nothing_was_handed_over_is_not_passed_by(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    iter(loader)
    loader.epoch(2)
    iter(loader)
    assert rows_of(loader) == expected(loader, 2)


def test_a_peek_begins_an_epoch(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    next(iter(loader))
    assert rows_of(loader) == expected(loader, 1)


def test_choosing_an_epoch_leaves_the_one_under_way_alone(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    batches = iter(loader)
    first = next(batches)
    loader.set_epoch(3)
    assert (loader.state_dict()["epoch"], loader.state_dict()["step"]) == (0, 1)
    assert field([first, *batches], "rows") == expected(loader, 0)
    assert rows_of(loader) == expected(loader, 3)


def test_a_loaded_state_goes_on_at_its_step_and_then_with_the_next_epoch(plan: Path, open_loader: Open) -> None:
    loader, resumed = open_loader(plan), open_loader(plan)
    next(loader.epoch(2))
    resumed.set_epoch(9)
    resumed.load_state_dict(json.loads(json.dumps(loader.state_dict())))
    assert rows_of(resumed) == expected(loader, 2, first=1)
    assert rows_of(resumed) == expected(loader, 3)


def test_a_state_saved_at_the_end_of_an_epoch_goes_on_with_the_next(plan: Path, open_loader: Open) -> None:
    loader, resumed = open_loader(plan), open_loader(plan)
    list(loader)
    resumed.load_state_dict(loader.state_dict())
    assert rows_of(resumed) == expected(loader, 1)


def test_a_state_saved_before_the_first_batch_goes_on_with_that_epoch(plan: Path, open_loader: Open) -> None:
    loader, resumed = open_loader(plan), open_loader(plan)
    list(loader)
    loader.epoch(5)
    resumed.load_state_dict(loader.state_dict())
    assert rows_of(resumed) == expected(loader, 5)


def test_a_resumed_epoch_keeps_its_step_until_a_batch_was_taken(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    next(loader.epoch(2))
    loader.load_state_dict(loader.state_dict())
    iter(loader)
    loader.epoch(0)
    assert field(list(loader.epoch(2)), "rows") == expected(loader, 2, first=1)
    assert field(list(loader.epoch(2)), "rows") == expected(loader, 2)


@pytest.mark.parametrize("again", [0, 1])
def test_asking_for_another_epoch_makes_the_older_iterator_raise(plan: Path, open_loader: Open, again: int) -> None:
    loader = open_loader(plan)
    old = loader.epoch(0)
    next(old)
    new = loader.epoch(again)
    for _ in range(2):
        with pytest.raises(
            LoaderError, match=f"got one of epoch 0, left after 1 of 5 steps because epoch {again} was asked for"
        ):
            next(old)
    next(new)
    assert (loader.state_dict()["epoch"], loader.state_dict()["step"]) == (again, 1)
    assert len(list(new)) == STEPS - 1


def test_a_nested_epoch_does_not_cut_the_outer_one_silently(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    steps = 0
    with pytest.raises(LoaderError, match="because epoch 1 was asked for"):
        for _ in loader:
            steps += 1
            if steps == 2:
                assert len(list(loader)) == STEPS
    assert steps == 2


def test_two_epochs_at_once_are_refused(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    with pytest.raises(LoaderError, match="got one of epoch 0, left after 0 of 5 steps"):
        list(zip(loader.epoch(0), loader.epoch(1), strict=True))


def test_an_epoch_handed_over_whole_ends_whatever_comes_after_it(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    old = loader.epoch(0)
    for _ in range(STEPS):
        next(old)
    next(loader.epoch(1))
    assert list(old) == []
    new = loader.epoch(2)
    for step, _ in enumerate(new, start=1):
        if step == STEPS:
            loader.close()


def test_loading_a_state_makes_an_iterator_raise(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    old = loader.epoch(0)
    next(old)
    loader.load_state_dict(loader.state_dict())
    with pytest.raises(LoaderError, match="because a state was loaded"):
        next(old)
    assert rows_of(loader) == expected(loader, 0, first=1)


def test_what_stopped_with_an_error_does_not_end_as_if_it_were_whole(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, on_error="raise")
    row = loader.sampler.batch(0, 2)[0]
    path_of(plan, row).write_bytes(b"no picture")
    batches = loader.epoch(0)
    with pytest.raises(LoaderError, match="an image must be usable"):
        list(batches)
    with pytest.raises(LoaderError, match="because it stopped with LoaderError"):
        next(batches)


def test_a_closed_loader_refuses_every_way_of_asking(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    batches = loader.epoch(0)
    next(batches)
    state = loader.state_dict()
    loader.close()
    for ask in (
        lambda: next(batches),
        lambda: list(loader),
        lambda: loader.epoch(1),
        lambda: loader.set_epoch(1),
        lambda: loader.load_state_dict(state),
    ):
        with pytest.raises(LoaderError, match="a loader must be open; got a closed one"):
            ask()
    assert loader.state_dict() == state


@pytest.mark.parametrize("epoch", [-1, "1", 1.5, None])
def test_what_is_no_epoch_is_refused(plan: Path, open_loader: Open, epoch: object) -> None:
    loader = open_loader(plan)
    for ask in (loader.epoch, loader.set_epoch):
        with pytest.raises(LoaderError, match="an epoch must be a whole number of at least 0; got"):
            ask(cast(int, epoch))
    assert loader.state_dict()["epoch"] == 0


def evaluate(plan: Path, number: int = 10) -> EvalLoader:
    names = ("batch_size", "image_size", "framework", "output", "num_threads", "timeout")
    return EvalLoader([path_of(plan, row) for row in range(number)], **{name: LOADER_OPTIONS[name] for name in names})


def test_passes_of_an_eval_loader_do_not_disturb_each_other(plan: Path) -> None:
    with evaluate(plan) as pictures:
        both = list(zip(pictures, pictures, strict=True))
        assert field([first for first, _ in both], "rows") == list(range(10))
        assert field([second for _, second in both], "rows") == list(range(10))
        assert [len(list(pictures)) for _ in pictures] == [2, 2]


def test_a_closed_eval_loader_raises_at_once(plan: Path) -> None:
    pictures = evaluate(plan)
    batches = iter(pictures)
    next(batches)
    pictures.close()
    for ask in (lambda: next(batches), lambda: iter(pictures)):
        with pytest.raises(LoaderError, match="a loader must be open; got a closed one"):
            ask()


def in_child(ask: Callable[[], object]) -> str:
    """What a forked child is told."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ask()
            said = "nothing"
        except BaseException as error:  # noqa: BLE001 - the parent judges
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_a_forked_child_is_told_at_once_and_harms_nothing(plan: Path, open_loader: Open, workers: str) -> None:
    loader = open_loader(plan, workers=workers)
    batches = loader.epoch(0)
    taken = [next(batches)]
    for ask in (lambda: next(batches), lambda: next(iter(loader)), lambda: loader.epoch(0)):
        said = in_child(ask)
        assert said.startswith("LoaderError: a loader must be used in the process that made it; got process ")
        assert "make the loader in the child, or set num_workers=0" in said
    assert in_child(loader.close) == "nothing"
    assert field([*taken, *batches], "rows") == expected(loader, 0)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_eval_loader_in_a_forked_child_is_told_at_once(plan: Path) -> None:
    with evaluate(plan) as pictures:
        list(pictures)
        assert "got process" in in_child(lambda: list(pictures))
        assert in_child(pictures.close) == "nothing"
        assert len(list(pictures)) == 2


def test_a_loader_cannot_be_sent_to_another_process(plan: Path, open_loader: Open) -> None:
    with evaluate(plan) as pictures:
        for loader in (open_loader(plan), pictures):
            with pytest.raises(LoaderError, match="a loader must stay in the process that made it"):
                pickle.dumps(loader)
