from __future__ import annotations

import gc
import itertools
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import LoaderError
from datatool.pipelines import UNKNOWN, Candidate, Engine, EngineSpec, Quarantine, Request, open_engine, parse_augment
from tests.helpers.pictures import damages, jpeg, kinds, requests, write

SPEC = EngineSpec(
    image_size=32, batch_size=4, augment=parse_augment("crop-flip"), num_threads=2, prefetch=2, timeout=30.0
)
Open = Callable[..., Engine]


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    return write(tmp_path, {f"{number}.jpg": jpeg(number, width=60, height=50) for number in range(10)})


@pytest.fixture
def open_threads() -> Iterator[Open]:
    opened: list[Engine] = []

    def open_(**changes: Any) -> Engine:
        opened.append(open_engine("threads", replace(SPEC, quarantine=Quarantine(), **changes)))
        return opened[-1]

    yield open_
    for engine in opened:
        engine.close()


def images(engine: Engine, paths: list[str], **options: Any) -> np.ndarray:
    return np.concatenate([result.images.copy() for result in engine.batches(requests(paths, batch_size=4, **options))])


def test_results_come_in_the_order_of_the_requests(open_threads: Open, paths: list[str]) -> None:
    results = list(open_threads().batches(requests(paths, batch_size=4)))
    assert [result.request.step for result in results] == [0, 1, 2]
    assert [len(result.images) for result in results] == [4, 4, 2]
    assert np.concatenate([result.rows for result in results]).tolist() == list(range(10))
    assert all(result.filled.all() and result.faults == [] for result in results)


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_of_picture_is_loaded(open_threads: Open, tmp_path: Path, name: str) -> None:
    path = write(tmp_path, {name: kinds()[name]})
    [result] = open_threads().batches(requests(path, batch_size=4))
    assert result.filled.all()
    assert result.images.shape == (1, 32, 32, 3)
    assert result.images.any()


def test_erasing_alone_fills_a_box_of_each_picture(open_threads: Open, paths: list[str]) -> None:
    """With no other change asked for, and nothing outside the box is touched."""
    whole = images(open_threads(augment=parse_augment("none")), paths)
    erased = images(open_threads(augment=parse_augment("none+erase=1")), paths)
    touched = (whole != erased).any(axis=-1)
    assert touched.any(axis=(1, 2)).all()
    assert not touched.all(axis=(1, 2)).any()
    assert set(np.unique(erased[touched])) == {128}


@pytest.mark.parametrize("augment", ["crop-flip", "eval", "none"])
def test_a_large_original_looks_the_same_decoded_at_a_fraction(
    open_threads: Open, tmp_path: Path, augment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cv2

    from datatool.pipelines import _sample
    from tests.helpers.pictures import encode, pixels

    smooth = cv2.GaussianBlur(pixels(1, width=1600, height=1200), (0, 0), 25)
    path = write(tmp_path, {"large.jpg": encode(smooth, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95)})
    changed = replace(SPEC, augment=parse_augment(augment)).augment
    scaled = images(open_threads(augment=changed), path, num_batches=4)
    asked = []

    def in_full(*arguments: object) -> int:
        asked.append(arguments)
        return 1

    monkeypatch.setattr(_sample, "decode_scale", in_full)
    whole = images(open_threads(augment=changed), path, num_batches=4)
    assert len(asked) == 16
    assert np.abs(scaled.astype(int) - whole).mean() < 1.5


def test_one_slow_picture_does_not_hold_up_its_neighbours(open_threads: Open, paths: list[str]) -> None:
    """While the first sample waits, the other worker fills the rest of the window."""
    go = threading.Event()
    done: list[int] = []

    def slow(image: np.ndarray, seed: int) -> np.ndarray:
        if seed == 0:
            assert go.wait(20)
        else:
            done.append(seed)
            if len(done) == 11:
                go.set()
        return image

    engine = open_threads(transform=slow)
    first = next(iter(engine.batches(requests(paths, batch_size=4, num_batches=9))))
    assert first.request.step == 0
    assert sorted(done[:11]) == list(range(1, 12))


def test_requests_are_pulled_no_further_than_the_window(open_threads: Open, paths: list[str]) -> None:
    pulled = itertools.count()
    last = 0

    def counted() -> Iterator[Request]:
        nonlocal last
        for request in requests(paths, batch_size=4, num_batches=20):
            last = next(pulled)
            yield request

    engine = open_threads(prefetch=3)
    with closing(engine.batches(counted())) as results:
        next(results)
        deadline = time.monotonic() + 20
        while last < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        assert last == 4


def test_an_error_of_the_requests_surfaces_at_its_place(open_threads: Open, paths: list[str]) -> None:
    def failing() -> Iterator[Request]:
        yield from itertools.islice(requests(paths, batch_size=4), 2)
        raise RuntimeError("the plan is gone")

    results = open_threads().batches(failing())
    assert [next(results).request.step, next(results).request.step] == [0, 1]
    with pytest.raises(RuntimeError, match="the plan is gone"):
        next(results)


def test_an_engine_serves_again_after_an_iterator_was_closed(open_threads: Open, paths: list[str]) -> None:
    engine = open_threads()
    expected = images(engine, paths)
    results = engine.batches(requests(paths, batch_size=4, num_batches=50))
    next(results)
    results.close()
    assert np.array_equal(expected, images(engine, paths))


def test_faults_stand_in_the_order_of_places_and_attempts(open_threads: Open, tmp_path: Path) -> None:
    files = {"a.jpg": b"", "b.jpg": jpeg(1), "c.jpg": damages()["no_end.jpg"], "d.jpg": b"?", "e.jpg": jpeg(2)}
    paths = write(tmp_path, files)

    def substitute(place: int, attempt: int) -> Candidate | None:
        return [None, Candidate(3, paths[3]), Candidate(4, paths[4]), None][attempt]

    [result, _] = open_threads().batches(requests(paths, batch_size=4, substitute=substitute))
    assert [(fault.place, fault.row, fault.kind) for fault in result.faults] == [
        (0, 0, "unreadable"),
        (0, 3, "unreadable"),
        (2, 2, "repaired"),
        (3, 3, "unreadable"),
        (3, 3, "unreadable"),
    ]
    assert result.rows.tolist() == [4, 1, 2, 4]


def test_a_quarantined_file_is_not_opened(open_threads: Open, tmp_path: Path) -> None:
    paths = write(tmp_path, {"a.jpg": jpeg()})
    quarantine = Quarantine({paths[0]: "it was bad"})
    engine = open_engine("threads", replace(SPEC, quarantine=quarantine))
    with closing(engine):
        [result] = engine.batches(requests(paths, batch_size=4))
    assert (result.filled.tolist(), result.faults[0].reason) == ([False], "it was bad")
    assert not result.images.any()


def test_a_wait_past_its_deadline_names_stage_and_file(open_threads: Open, paths: list[str]) -> None:
    stop = threading.Event()

    def hang(image: np.ndarray, seed: int) -> np.ndarray:
        stop.wait(20)
        return image

    engine = open_threads(transform=hang, timeout=2.0)
    with pytest.raises(LoaderError, match=r"within 2 seconds .* stage 'transform' has been at '.*\.jpg' for"):
        next(engine.batches(requests(paths, batch_size=4)))
    stop.set()


def test_a_read_that_hangs_is_named(open_threads: Open, paths: list[str], hanging_reads: threading.Event) -> None:
    engine = open_threads(timeout=2.0)
    with pytest.raises(LoaderError, match=r"stage 'read' has been at '.*\.jpg'"):
        next(engine.batches(requests(paths[:1], batch_size=4)))
    hanging_reads.set()


def test_slow_progress_is_progress(open_threads: Open, paths: list[str]) -> None:
    def slow(image: np.ndarray, seed: int) -> np.ndarray:
        time.sleep(0.3)
        return image

    engine = open_threads(transform=slow, timeout=2.5, num_threads=1)
    assert len(list(engine.batches(requests(paths, batch_size=4)))) == 3


def test_an_unforeseen_error_in_a_worker_reaches_the_consumer(open_threads: Open, paths: list[str]) -> None:
    def substitute(place: int, attempt: int) -> Candidate | None:
        raise ZeroDivisionError("a bug")

    engine = open_threads()
    Path(paths[1]).unlink()
    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(engine.batches(requests(paths, batch_size=4, substitute=substitute)))
    assert len(images(engine, paths[2:])) == 8


def test_threads_end_with_their_engine(paths: list[str]) -> None:
    before = set(threading.enumerate())
    engine = open_engine("threads", SPEC)
    results = engine.batches(requests(paths, batch_size=4, num_batches=30))
    next(results)
    results.close()
    gone = weakref.ref(engine)
    del engine, results
    gc.collect()
    assert gone() is None
    deadline = time.monotonic() + 20  # samples that were queued are dropped by the threads themselves
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before


def test_closing_ends_the_threads_at_once(paths: list[str]) -> None:
    before = set(threading.enumerate())
    engine = open_engine("threads", SPEC)
    results = engine.batches(requests(paths, batch_size=4, num_batches=30))
    next(results)
    results.close()
    engine.close()
    assert not set(threading.enumerate()) - before


def test_an_idle_engine_keeps_no_batch(open_threads: Open, paths: list[str]) -> None:
    engine = open_threads()
    last = [weakref.ref(result.request) for result in engine.batches(requests(paths, batch_size=4))]
    deadline = time.monotonic() + 5
    while any(each() is not None for each in last) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert [each() for each in last] == [None] * 3


def test_seconds_and_counts_are_of_this_pass(open_threads: Open, paths: list[str]) -> None:
    engine = open_threads(cache_bytes=1 << 24)
    first = [result.counts for result in engine.batches(requests(paths, batch_size=4))]
    second = [result.counts for result in engine.batches(requests(paths, batch_size=4))]
    assert sum(each["decodes"] for each in first) == 10
    assert sum(each["hits"] for each in second) == 10


def test_a_draw_of_unknown_next_use_leaves_the_cache_as_it_is(open_threads: Open, paths: list[str]) -> None:
    """Partners of mixtures and substitutes may be served from it."""
    engine = open_threads(cache_bytes=1 << 24)

    def unknown(known: bool) -> Iterator[Request]:
        for request in requests(paths, batch_size=4):
            yield request if known else replace(request, next_use=np.full(len(request), UNKNOWN))

    counts = [
        sum(result.counts[name] for result in engine.batches(unknown(known)))
        for known, name in ((False, "decodes"), (True, "decodes"), (False, "hits"))
    ]
    assert counts == [10, 10, 10]
