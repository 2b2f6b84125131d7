from __future__ import annotations

import contextlib
import gc
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError, LoaderError
from datatool.pipelines import Candidate, EngineSpec, Quarantine, Result, open_engine, parse_augment
from datatool.pipelines._ring import Ring, check_memory
from tests.helpers.pictures import damages, jpeg, requests, write
from tests.helpers.program import Cli
from tests.helpers.transforms import DieOnce, FailsToLoad, MarkSeed, NegateAndMark

SPEC = EngineSpec(
    image_size=32,
    batch_size=4,
    augment=parse_augment("crop-flip+jitter"),
    num_threads=2,
    workers="processes",
    timeout=60,
)


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    return write(tmp_path, {f"{number}.jpg": jpeg(number, width=60, height=50) for number in range(10)})


def fresh(**changes: Any) -> EngineSpec:
    return replace(SPEC, quarantine=Quarantine(), **changes)


def load(spec: EngineSpec, paths: list[str], **options: Any) -> list[Result]:
    with contextlib.closing(open_engine("threads", spec)) as engine:
        return list(engine.batches(requests(paths, batch_size=4, **options)))


def images(results: list[Result]) -> np.ndarray:
    return np.concatenate([result.images for result in results])


def children() -> set[str]:
    """Processes of this one that still live."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = children()
    yield
    gc.collect()
    assert children() <= before


def test_processes_make_the_pixels_that_threads_make(paths: list[str]) -> None:
    expected = load(fresh(workers="threads", transform=NegateAndMark()), paths)
    results = load(fresh(transform=NegateAndMark()), paths)
    assert np.array_equal(images(results), images(expected))
    assert [result.rows.tolist() for result in results] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert images(results)[7, 0, 0].tolist() == [7, 1, 2]


def test_faults_are_those_of_the_threads(tmp_path: Path) -> None:
    paths = write(tmp_path, {**damages(), "sound.jpg": jpeg(1)})
    stand_in = Candidate(50, paths[-1])

    def substitute(place: int, attempt: int) -> Candidate | None:
        return stand_in if attempt == 1 else None

    expected = load(fresh(workers="threads"), paths, substitute=substitute)
    results = load(fresh(), paths, substitute=substitute)
    assert [result.faults for result in results] == [result.faults for result in expected]
    assert np.array_equal(images(results), images(expected))


def test_a_killed_worker_is_started_again_and_no_pixel_changes(
    paths: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = load(fresh(), paths)
    with caplog.at_level(logging.WARNING, "datatool"):
        results = load(fresh(transform=DieOnce(tmp_path / "died")), paths)
    assert (tmp_path / "died").exists()
    assert np.array_equal(images(results), images(expected))
    assert [result.faults for result in results] == [[], [], []]
    assert "died of signal 9" in caplog.text
    assert "5.jpg" in caplog.text


def test_a_file_that_kills_every_worker_is_given_up_and_named(paths: list[str]) -> None:
    stand_in = Candidate(50, paths[0])
    results = load(
        fresh(transform=MarkSeed("die", 5)), paths, substitute=lambda place, attempt: stand_in if attempt < 3 else None
    )
    assert not results[1].filled[1]  # the seed is the place's: every candidate kills its worker
    assert {(fault.row, fault.kind) for fault in results[1].faults} == {(5, "transform"), (50, "transform")}
    assert "signal 9" in results[1].faults[0].reason
    assert images(results)[[0, 1, 2, 3, 4, 6, 7, 8, 9]].any((1, 2, 3)).all()


def test_a_transform_that_raises_is_a_fault_of_its_place(paths: list[str]) -> None:
    results = load(fresh(transform=MarkSeed("raise", 2)), paths)
    assert [(fault.row, fault.kind, fault.reason) for fault in results[0].faults] == [
        (2, "transform", "ValueError: no good")
    ]
    assert results[0].filled.tolist() == [True, True, False, True]


def test_an_error_in_a_worker_is_raised_in_the_parent(paths: list[str]) -> None:
    with pytest.raises(LoaderError, match="transform must return a uint8 array"):
        load(fresh(transform=MarkSeed("shape", 2)), paths)
    with pytest.raises(ImportError, match="a library of the transform is missing"):
        load(fresh(transform=FailsToLoad()), paths)


def test_a_transform_that_hangs_passes_its_deadline_and_does_not_outlive_the_engine(paths: list[str]) -> None:
    engine = open_engine("threads", fresh(transform=MarkSeed("hang", 2), timeout=8.0))
    with pytest.raises(LoaderError, match=r"'worker process' has been at '.*2\.jpg'"):
        list(engine.batches(requests(paths, batch_size=4)))
    engine.close()


@pytest.mark.parametrize("transform", [lambda image, seed: image, (lambda n: lambda image, seed: image + n)(1)])
def test_a_transform_that_cannot_travel_is_refused_at_the_start(transform: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="must be picklable"):
        open_engine("threads", fresh(transform=transform))


SCRIPT = """
import sys
from datatool.pipelines import EngineSpec
from datatool.pipelines import open_engine
from datatool.pipelines import parse_augment
from tests.helpers.pictures import requests

def negate(image, seed):
    return 255 - image

def work():
    spec = EngineSpec(image_size=32, batch_size=4, augment=parse_augment("eval"), transform=negate, num_threads=1,
                      workers="processes", timeout=60)
    engine = open_engine("threads", spec)
    print([len(result.rows) for result in engine.batches(requests(sys.argv[1:], batch_size=4))])
    engine.close()

"""


@pytest.mark.parametrize("guarded", [True, False])
def test_a_transform_of_the_main_script_needs_the_usual_guard(
    tmp_path: Path, repository: Path, paths: list[str], process: Cli, guarded: bool
) -> None:
    script = tmp_path / "loop.py"
    script.write_text(SCRIPT + ("if __name__ == '__main__':\n    work()\n" if guarded else "work()\n"))
    run = process(script, *paths[:6], env={**os.environ, "PYTHONPATH": str(repository)})
    if guarded:
        assert (run.out, run.code) == ("[4, 2]\n", 0), run.err
    else:
        assert run.code != 0
        assert "if __name__ == '__main__'" in run.err


@pytest.mark.parametrize("own", [True, False])
def test_a_script_from_standard_input_works_or_says_what_is_wrong(
    repository: Path, paths: list[str], own: bool
) -> None:
    script = SCRIPT if own else SCRIPT.replace("transform=negate", "transform=None")
    run = subprocess.run(
        [sys.executable, "-", *paths[:6]],
        input=script + "work()\n",
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    if own:
        assert "must stand in a file, which workers run again; got one of '<stdin>'" in run.stderr
    else:
        assert (run.stdout, run.returncode) == ("[4, 2]\n", 0), run.stderr


LEFT = SCRIPT.replace("transform=negate", "transform=Slow()").replace(
    "    print(",
    "    batches = engine.batches(requests(sys.argv[2:] * 20, batch_size=4))\n    next(batches)\n    LEAVE\n    print(",
)


@pytest.mark.parametrize("leave", ["engine.close(); return", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_workers_whose_parent_is_gone_end_without_a_word(
    tmp_path: Path, repository: Path, paths: list[str], leave: str
) -> None:
    """Standard error is read to its end, which comes when the last worker is gone."""
    script = tmp_path / "loop.py"
    head = "import os, signal\nfrom tests.helpers.transforms import Slow\n"
    script.write_text(head + LEFT.replace("LEAVE", leave) + "if __name__ == '__main__':\n    work()\n")
    run = subprocess.run(
        [sys.executable, str(script), "", *paths],
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stderr == ""


def test_too_little_memory_is_said_before_the_start() -> None:
    with pytest.raises(LoaderError, match="8 worker processes must fit into free memory; got 512 MiB free"):
        check_memory(8, 150_528, free=512 << 20)


def test_without_anonymous_memory_files_a_file_without_a_name_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: Any) -> int:
        raise OSError("seccomp")

    monkeypatch.setattr(os, "memfd_create", refused)
    ring = Ring(2, (4, 4, 3))
    other = Ring(2, (4, 4, 3), handle=os.dup(ring.handle))
    ring.slots[1] = 7
    assert other.slots[1].min() == 7
    ring.close()
    other.close()
