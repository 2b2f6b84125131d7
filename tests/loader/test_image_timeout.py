"""A picture that does not end decoding is a bad picture, and not a dead loader."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool import images
from datatool.errors import LoaderError
from datatool.loader import BalancedLoader, EvalLoader
from datatool.pipelines import _workers
from tests.helpers.transforms import NeverDecodes
from tests.helpers.written_plans import LOADER_OPTIONS, field, path_of, pixels

Open = Callable[..., BalancedLoader]
REASON = "it takes more than 0.3 seconds to decode"


class Stuck:
    """Decoding files of some sizes waits until the test lets go."""

    def __init__(self) -> None:
        self.sizes: set[int] = set()
        self.free = threading.Event()
        self.met = 0


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    stuck = Stuck()

    def decode_scaled(data: bytes, *arguments: Any, **options: Any) -> Any:
        if len(data) in stuck.sizes:
            stuck.met += 1
            stuck.free.wait(60)
        return images.decode_scaled(data, *arguments, **options)

    monkeypatch.setattr("datatool.pipelines._sample.decode_scaled", decode_scaled)
    yield stuck
    stuck.free.set()


def mark(plan: Path, *rows: int) -> list[Path]:
    """Give the files of rows sizes of their own; a JPEG may have anything behind its end."""
    paths = [path_of(plan, row) for row in rows]
    for number, path in enumerate(paths):
        path.write_bytes(path.read_bytes() + b"\0" * (100_000 + number))
    return paths


def sizes(paths: list[Path]) -> set[int]:
    return {path.stat().st_size for path in paths}


@pytest.mark.parametrize("engine", ["threads", "dali"])
def test_a_picture_that_does_not_end_is_replaced_and_kept_in_the_state(
    plan: Path, open_loader: Open, stuck: Stuck, engine: str
) -> None:
    if engine == "dali":
        pytest.importorskip("nvidia.dali")
    # On a CPU the host decodes for DALI what a fraction of the DCT is enough for.
    options = {"engine": engine, "image_timeout": 0.3, "image_size": 8}
    paths = mark(plan, 1)
    stuck.sizes = sizes(paths)
    loader = open_loader(plan, **options)
    batches = list(loader.epoch(0))
    assert 1 not in field(batches, "rows")
    assert [(each.path, each.reason, each.action) for each in loader.errors] == [(str(paths[0]), REASON, "replaced")]
    state = json.loads(json.dumps(loader.state_dict()))
    assert state["quarantine"][str(paths[0])]["reason"] == REASON
    before = pixels(batches)
    stuck.free.set()
    time.sleep(0.2)  # the lost threads come back, and must write nothing
    assert np.array_equal(pixels(batches), before)

    resumed = open_loader(plan, **options)
    resumed.load_state_dict({**state, "step": 0})
    met = stuck.met
    assert np.array_equal(pixels(list(resumed)), before)
    assert stuck.met == met


def test_worker_processes_that_do_not_end_a_picture_are_started_again(plan: Path, open_loader: Open) -> None:
    (path,) = mark(plan, 1)
    options = {"workers": "processes", "image_timeout": 1.0}
    loader = open_loader(plan, transform=NeverDecodes(path.stat().st_size), **options)
    batches = list(loader.epoch(0))
    assert 1 not in field(batches, "rows")
    assert [(each.path, each.reason) for each in loader.errors] == [
        (str(path), "it takes more than 1 seconds to decode")
    ]
    path.write_bytes(b"no picture")
    others = open_loader(plan, transform=None, **options)
    assert np.array_equal(pixels(list(others.epoch(0))), pixels(batches))


def test_on_error_skip_leaves_its_place_without_weight(plan: Path, open_loader: Open, stuck: Stuck) -> None:
    stuck.sizes = sizes(mark(plan, 1))
    batches = list(open_loader(plan, image_timeout=0.3, on_error="skip").epoch(0))
    places = [row == 1 for row in field(batches, "rows")]
    assert [weight == 0 for weight in field(batches, "weights")] == places
    assert sum(places) == 1


def test_on_error_raise_stops_at_it(plan: Path, open_loader: Open, stuck: Stuck) -> None:
    stuck.sizes = sizes(mark(plan, 1))
    with pytest.raises(LoaderError, match=REASON):
        list(open_loader(plan, image_timeout=0.3, on_error="raise").epoch(0))


def test_an_eval_loader_leaves_the_place_black(plan: Path, stuck: Stuck) -> None:
    paths = [path_of(plan, row) for row in range(6)]
    stuck.sizes = sizes(mark(plan, 4))
    names = ("batch_size", "image_size", "framework", "output", "num_threads")
    options = {name: LOADER_OPTIONS[name] for name in names}
    with EvalLoader(paths, image_timeout=0.3, **options) as pictures:
        (batch,) = pictures
        assert batch.weights.tolist() == [1, 1, 1, 1, 0, 1]
        assert [each.reason for each in pictures.errors] == [REASON]


def test_threads_lost_at_a_time_are_bounded(
    plan: Path, open_loader: Open, stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_workers, "_MAX_LOST", 3)
    stuck.sizes = sizes(mark(plan, *range(6)))
    with pytest.raises(LoaderError, match="at most 3 pictures at a time may take longer than image_timeout"):
        list(open_loader(plan, image_timeout=0.3).epoch(0))


def test_a_stuck_picture_does_not_outlast_a_shorter_deadline(plan: Path, open_loader: Open, stuck: Stuck) -> None:
    stuck.sizes = sizes(mark(plan, 1))
    with pytest.raises(LoaderError, match=r"stage 'decode' has been at '.*1\.jpg'"):
        list(open_loader(plan, image_timeout=30, timeout=0.5).epoch(0))
