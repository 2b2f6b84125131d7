"""Programs that are stopped: the exit code, nothing hidden left, and the same command works afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg

from tests.helpers.runs import WriteRecipe
from tests.helpers.stopped import Programs, end, wait_until

NUM_ROWS = 150_000
Happened = Callable[[], Any]

COMMANDS = {
    "split": ["split", "labels.txt", "--no-images", "--val", "0.1", "-o", "out"],
    "clean": ["clean", "labels.txt", "--drop", "W302", "-o", "out"],
    "relabel": ["relabel", "labels.txt", "-o", "out"],
    "balance": ["balance", "labels.txt", "--strategy", "oversample", "-o", "out"],
    "audit": ["audit", "labels.txt", "--fail-on", "never", "--out", "out"],
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with a long list."""
    numbers = np.arange(NUM_ROWS) * 7919 % 1_000_003
    (tmp_path / "labels.txt").write_text("".join(f"images/{n}.jpg {n % 1000 * 2}\n" for n in numbers.tolist()))
    return tmp_path


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    started = Programs(tmp_path)
    yield started
    started.kill()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_stopped_command_leaves_nothing_and_works_again(programs: Programs, work: Path, name: str) -> None:
    """While rows are read, later in a query, and while the folder is written; a kill too is mended by the next run."""
    reading: Happened = lambda: any(programs.temporary.glob("datatool-*"))  # noqa: E731
    writing: Happened = lambda: any(work.glob(".out.*.datatool"))  # noqa: E731
    moments = [(reading, signal.SIGTERM), (_later(reading), signal.SIGINT), (writing, signal.SIGTERM)]
    for happened, number in moments:
        programs.assert_stops(COMMANDS[name], happened, number)
        assert not (work / "out").exists()
    process = programs.start(COMMANDS[name])
    wait_until(process, writing)
    process.kill()
    end(process)
    assert programs.run(COMMANDS[name]).code == 0
    assert programs.hidden() == []
    assert (work / "out").is_dir()


def _later(happened: Happened) -> Happened:
    """Some time after that."""

    def waited() -> bool:
        if happened():
            time.sleep(0.3)
            return True
        return False

    return waited


@pytest.mark.parametrize("name", COMMANDS)
def test_two_at_once_into_one_folder_are_refused(programs: Programs, work: Path, name: str) -> None:
    """The second one says which process is at work; the first one ends as if it were alone."""
    _assert_alone(programs, COMMANDS[name], work / ".out.lock")
    assert programs.hidden() == []


def _assert_alone(programs: Programs, command: list[str], lock: Path) -> None:
    first = programs.start(command)
    wait_until(first, lambda: lock.exists() and lock.stat().st_size)
    first.send_signal(signal.SIGSTOP)
    second = programs.run(command)
    first.send_signal(signal.SIGCONT)
    assert second.code == 2
    assert f"out' is being written by process {first.pid}. Hint: " in second.err
    assert end(first).code == 0


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a list of pictures that take a second or two to be read."""
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    for number in range(60):
        pixels[0, 0] = number
        (tmp_path / "images" / f"{number}.jpg").write_bytes(simplejpeg.encode_jpeg(pixels, quality=90))
    (tmp_path / "labels.txt").write_text("".join(f"images/{n}.jpg {n % 2}\n" for n in range(60)))
    return tmp_path


PICTURES = {
    "prepare": ["prepare", "labels.txt", "--short-side", "64", "-o", "out"],
    "audit": ["audit", "labels.txt", "--images", "--fail-on", "never", "--out", "out"],
}


@pytest.mark.parametrize(("name", "number"), [("prepare", signal.SIGTERM), ("audit", signal.SIGINT)])
def test_commands_that_read_pictures_stop_and_work_again(
    programs: Programs, pictures: Path, name: str, number: signal.Signals
) -> None:
    begun: Happened = lambda: any(programs.temporary.glob("datatool-*")) or any(pictures.glob(".out*"))  # noqa: E731
    programs.assert_stops(PICTURES[name], _later(begun), number)
    assert programs.run(PICTURES[name]).code == 0
    assert programs.hidden() == []
    assert (pictures / "out").is_dir()


def test_two_that_prepare_one_folder_are_refused(programs: Programs, pictures: Path) -> None:
    _assert_alone(programs, PICTURES["prepare"], pictures / ".out.lock")


def test_an_export_that_is_stopped_leaves_nothing(programs: Programs, write_recipe: WriteRecipe, home: Path) -> None:
    """Nor does a whole one: libraries put files of their own into the working folder if they are let."""
    assert programs.run(["train", str(write_recipe("r"))]).code == 0
    command = ["export", "runs/r", "--format", "onnx", "-o", "out"]
    programs.assert_stops(command, lambda: any(home.glob(".out.*.datatool")), signal.SIGTERM)
    assert not (home / "out").exists()
    assert programs.run(command).code == 0
    assert programs.hidden() == []


def test_a_demo_that_is_stopped_leaves_nothing_half_written(programs: Programs, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    programs.assert_stops(["demo", "-o", "out"], lambda: any((tmp_path / "out").rglob("*.txt")), signal.SIGTERM)
    assert [path for path in (tmp_path / "out").rglob(".*") if path.name.endswith(".datatool")] == []


def test_a_run_that_is_being_trained_is_not_resumed(programs: Programs, write_recipe: WriteRecipe, home: Path) -> None:
    """And what is stopped keeps its last whole checkpoint, from which it goes on."""
    recipe = write_recipe("r", run={"epochs": 12, "checkpoint_every": 3})
    command = ["train", str(recipe), "--resume"]
    run = home / "runs" / "r"
    first = programs.start(command)
    wait_until(first, lambda: list(run.glob("checkpoints/step_*")))
    first.send_signal(signal.SIGSTOP)
    second = programs.run(command)
    first.terminate()
    first.send_signal(signal.SIGCONT)
    assert second.code == 2
    assert f"being written by process {first.pid}" in second.err
    assert end(first).code == 143
    assert [path for path in run.rglob(".*") if path.name.endswith(".datatool")] == []
    assert list(run.glob("checkpoints/step_*")) != []
    assert programs.hidden() == []
    result = programs.run(command)
    assert result.code == 0
    assert "going on from step_" in result.err
    assert not (home / "runs" / ".r.lock").exists()


@pytest.mark.parametrize("target", ["/dev/full", None])
def test_standard_output_that_takes_nothing_is_one_sentence(work: Path, target: str | None) -> None:
    """A full disk, and one that was closed before the start."""
    command = "exec >&-" if target is None else f"exec >{target}"
    shell = f"{command}; exec '{sys.executable}' -m datatool audit labels.txt --fail-on never"
    done = subprocess.run(["sh", "-c", shell], cwd=work, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert ("No space left on device" if target else "standard output must be open") in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_full_is_one_sentence_and_leaves_nothing(programs: Programs, work: Path, name: str) -> None:
    """Files may have no more than 64 KiB here."""
    shell = f"ulimit -f 64; exec '{sys.executable}' -m datatool {' '.join(COMMANDS[name])}"
    done = subprocess.run(
        ["sh", "-c", shell],
        cwd=work,
        env=os.environ | {"TMPDIR": str(programs.temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    if name != "audit":  # whose files are small
        assert done.returncode == 2
        assert "File too large" in done.stderr
        assert not (work / "out").exists()
    assert "internal error" not in done.stderr
    assert programs.hidden() == []
