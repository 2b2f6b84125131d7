from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datatool.errors import ConfigError, LoaderError
from datatool.pipelines import Candidate, EngineSpec, Quarantine, Request, Result, open_engine, parse_augment
from tests.helpers.pictures import damages, jpeg, kinds, requests, write

pytest.importorskip("nvidia.dali", reason="DALI is not installed")

# Mean absolute difference of a whole set of pictures, in levels of 255: IDCT, and averaging against a triangle filter.
PHOTOGRAPHS_DIFFER = 2.5
PICTURE_DIFFERS = 6.0


def spec_of(
    augment: str = "crop-flip", *, image_size: int = 64, batch_size: int = 8, timeout: float = 60.0
) -> EngineSpec:
    return EngineSpec(
        image_size=image_size,
        batch_size=batch_size,
        augment=parse_augment(augment),
        timeout=timeout,
        quarantine=Quarantine(),
    )


def load(name: str, spec: EngineSpec, asked: Iterator[Request]) -> list[Result]:
    engine = open_engine(name, replace(spec, quarantine=Quarantine()))
    try:
        return list(engine.batches(asked))
    finally:
        engine.close()


def images(results: list[Result]) -> np.ndarray:
    return np.concatenate([np.asarray(result.images) for result in results])


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mean absolute difference of each picture, float64 (N,)."""
    apart: np.ndarray = np.abs(first.astype(np.int64) - second).mean((1, 2, 3))
    return apart


@pytest.mark.parametrize(
    "augment", ["crop-flip", "eval", "none", "crop-flip+jitter+erase=0.5", "crop-flip+randaugment"]
)
def test_both_engines_show_the_same_photographs(
    shared_data: Path, augment: str, record_property: Callable[[str, object], None]
) -> None:
    """The same crops of real photographs; the difference is reported and bounded."""
    folder = shared_data / "clothing"
    lines = (folder / "val_list.txt").read_text().splitlines()[:48]
    paths = [str(folder / line.rpartition(" ")[0]) for line in lines]
    spec = spec_of(augment, image_size=160, batch_size=16)
    threads = images(load("threads", spec, requests(paths, batch_size=16)))
    dali = images(load("dali", spec, requests(paths, batch_size=16)))
    apart = distance(threads, dali)
    record_property("mean_absolute_difference", round(float(apart.mean()), 3))
    record_property("worst_picture", round(float(apart.max()), 3))
    assert apart.mean() < PHOTOGRAPHS_DIFFER
    assert apart.max() < PICTURE_DIFFERS
    shuffled = distance(threads, np.roll(dali, 1, 0))
    assert shuffled.mean() > 10 * PHOTOGRAPHS_DIFFER  # the bound would notice other pictures


@pytest.mark.parametrize("augment", ["crop-flip", "eval"])
def test_both_engines_read_every_kind_of_file(tmp_path: Path, augment: str) -> None:
    paths = write(tmp_path, kinds())
    threads = load("threads", spec_of(augment), requests(paths, batch_size=8))
    dali = load("dali", spec_of(augment), requests(paths, batch_size=8))
    assert all(result.filled.all() for result in dali)
    assert [len(result.rows) for result in dali] == [8, 8, 7]
    assert distance(images(threads), images(dali)).max() < PICTURE_DIFFERS


def test_both_engines_accept_and_refuse_the_same_damaged_files(tmp_path: Path) -> None:
    """One of them makes DALI itself throw: its pipeline is rebuilt, and the other pictures are not touched."""
    paths = write(tmp_path, {**damages(), "sound.jpg": jpeg(8)})
    threads = load("threads", spec_of(), requests(paths, batch_size=4))
    dali = load("dali", spec_of(), requests(paths, batch_size=4))
    assert np.array_equal(
        np.concatenate([result.rows for result in dali]), np.concatenate([result.rows for result in threads])
    )
    assert [result.faults for result in dali] == [result.faults for result in threads]
    assert distance(images(threads), images(dali)).max() < PICTURE_DIFFERS


def test_both_engines_judge_random_header_damage_alike(tmp_path: Path) -> None:
    data, chance = jpeg(9), random.Random(0)
    scan = data.index(b"\xff\xda")
    files = {}
    for number in range(60):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(2, scan)] ^= 1 << chance.randrange(8)
        files[f"{number}.jpg"] = bytes(damaged)
    paths = write(tmp_path, files)
    threads = load("threads", spec_of(batch_size=20), requests(paths, batch_size=20))
    dali = load("dali", spec_of(batch_size=20), requests(paths, batch_size=20))
    accepted = [np.concatenate([result.filled for result in results]) for results in (threads, dali)]
    assert 0 < accepted[0].sum() < 60
    assert np.array_equal(accepted[0], accepted[1])


def test_a_picture_that_dali_throws_on_is_replaced_and_all_others_stay_identical(tmp_path: Path) -> None:
    """Batches before, with and after the culprit equal those of a run in which its substitute stood in its place."""
    sound = {f"{number}.jpg": jpeg(number) for number in range(24)}
    bad = 13
    paths = write(tmp_path, {**sound, f"{bad}.jpg": damages()["bad_tables.jpg"]})
    stand_in = Candidate(99, paths[20])
    spec = spec_of(batch_size=4)
    results = load("dali", spec, requests(paths, batch_size=4, substitute=lambda place, attempt: stand_in))
    expected = load("dali", spec, requests([*paths[:bad], paths[20], *paths[bad + 1 :]], batch_size=4))
    assert np.array_equal(images(results), images(expected))
    assert results[3].rows.tolist() == [12, 99, 14, 15]
    assert [(fault.place, fault.row, fault.kind) for fault in results[3].faults] == [(1, bad, "unreadable")]
    assert all(not result.faults for result in [*results[:3], *results[4:]])


def test_a_file_that_failed_once_is_known_in_the_next_pass(tmp_path: Path) -> None:
    paths = write(tmp_path, {"a.jpg": jpeg(1), "bad.jpg": damages()["bad_tables.jpg"], "b.jpg": jpeg(2)})
    engine = open_engine("dali", spec_of())
    first = list(engine.batches(requests(paths, batch_size=3)))
    second = list(engine.batches(requests(paths, batch_size=3)))
    engine.close()
    assert np.array_equal(images(first), images(second))
    assert first[0].faults == second[0].faults


def test_pixels_do_not_depend_on_batch_size_threads_or_read_ahead(tmp_path: Path) -> None:
    paths = write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(12)})
    spec = spec_of("crop-flip+jitter")
    expected = images(load("dali", spec, requests(paths, batch_size=8)))
    other = replace(spec, batch_size=5, num_threads=1, prefetch=1)
    assert np.array_equal(images(load("dali", other, requests(paths, batch_size=5))), expected)


def test_a_batch_stays_valid_after_the_engine_is_gone(tmp_path: Path) -> None:
    paths = write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(16)})
    engine = open_engine("dali", spec_of(batch_size=2))
    kept = [result.images for result in engine.batches(requests(paths, batch_size=2))]
    copies = [np.array(images) for images in kept]
    again = [np.array(result.images) for result in engine.batches(requests(paths, batch_size=2))]
    engine.close()
    del engine
    assert all(np.array_equal(one, other) for one, other in zip(kept, again, strict=True))
    assert all(np.array_equal(one, other) for one, other in zip(kept, copies, strict=True))


def test_an_exception_of_the_requests_surfaces_at_its_place(tmp_path: Path) -> None:
    paths = write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(6)})

    def faulty() -> Iterator[Request]:
        yield from itertools.islice(requests(paths, batch_size=2), 2)
        raise KeyError("no such row")

    engine = open_engine("dali", spec_of())
    got = engine.batches(faulty())
    assert [next(got).rows.tolist(), next(got).rows.tolist()] == [[0, 1], [2, 3]]
    with pytest.raises(KeyError, match="no such row"):
        next(got)
    assert [result.rows.tolist() for result in engine.batches(requests(paths, batch_size=6))] == [[0, 1, 2, 3, 4, 5]]
    engine.close()


def test_an_engine_that_was_left_in_the_middle_starts_again(tmp_path: Path) -> None:
    paths = write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(12)})
    engine = open_engine("dali", spec_of(batch_size=2))
    left = engine.batches(requests(paths, batch_size=2))
    first = np.array(next(left).images)
    left.close()
    again = list(engine.batches(requests(paths, batch_size=2)))
    engine.close()
    assert np.array_equal(again[0].images, first)
    assert len(again) == 6


def test_no_requests_give_no_batches() -> None:
    assert load("dali", spec_of(), iter(())) == []


def test_a_read_that_hangs_passes_its_deadline_with_its_name(tmp_path: Path, hanging_reads: threading.Event) -> None:
    paths = write(tmp_path, {"stuck.jpg": jpeg(1)})
    engine = open_engine("dali", spec_of(timeout=3.0))
    with pytest.raises(LoaderError, match=r"'read' has been at '.*stuck\.jpg'"):
        list(engine.batches(requests(paths, batch_size=2)))
    hanging_reads.set()
    engine.close()


def test_what_dali_cannot_do_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="no transform"):
        open_engine("dali", replace(spec_of(), transform=lambda image, seed: image))
    with pytest.raises(ConfigError, match="randaugment"):
        open_engine("dali", replace(spec_of("crop-flip+randaugment"), device="gpu:0"))
