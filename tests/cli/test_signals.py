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

from tests.helpers.program import Result
from tests.helpers.runs import WriteRecipe

NUM_ROWS = 150_000
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}

COMMANDS = {
    "split": ["split", "labels.txt", "--no-images", "--val", "0.1", "-o", "out"],
    "clean": ["clean", "labels.txt", "--drop", "W302", "-o", "out"],
    "relabel": ["relabel", "labels.txt", "-o", "out"],
    "balance": ["balance", "labels.txt", "--strategy", "oversample", "-o", "out"],
    "audit": ["audit", "labels.txt", "--fail-on", "never", "--out", "out"],
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with a long list, and an empty one for temporary files."""
    (tmp_path / "temporary").mkdir()
    numbers = np.arange(NUM_ROWS) * 7919 % 1_000_003
    (tmp_path / "labels.txt").write_text("".join(f"images/{n}.jpg {n % 1000 * 2}\n" for n in numbers.tolist()))
    return tmp_path


_started: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def none_outlives_its_test() -> Iterator[None]:
    yield
    for process in _started:
        process.kill()
        process.communicate()
    _started.clear()


def _start(work: Path, arguments: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "datatool", *arguments],
        cwd=work,
        env=os.environ | {"TMPDIR": str(work / "temporary"), "XDG_CACHE_HOME": str(work / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A suite that runs in the background ignores SIGINT, and its children would too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread is running
    )
    _started.append(process)
    return process


def _end(process: subprocess.Popen[str]) -> Result:
    out, err = process.communicate(timeout=120)
    return Result(code=process.returncode, out=out, err=err)


def _wait_until(process: subprocess.Popen[str], happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 120
    while not happened() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)


def _hidden(work: Path) -> list[str]:
    """Hidden names, and everything temporary."""
    left = [path for path in work.iterdir() if path.name.startswith(".")]
    return [path.name for path in (*left, *(work / "temporary").iterdir())]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_stopped_command_leaves_nothing_and_works_again(work: Path, name: str) -> None:
    """While rows are read, later in a query, and while the folder is written; a kill too is mended by the next run."""
    moments: dict[str, tuple[Callable[[], Any], float]] = {
        "reading": (lambda: any((work / "temporary").glob("datatool-*")), 0.0),
        "a query": (lambda: any((work / "temporary").glob("datatool-*")), 0.3),
        "writing": (lambda: any(work.glob(".out.*.datatool")), 0.0),
    }
    for (happened, later), number in zip(
        moments.values(), (signal.SIGTERM, signal.SIGINT, signal.SIGTERM), strict=True
    ):
        process = _start(work, COMMANDS[name])
        _wait_until(process, happened)
        time.sleep(later)
        begun = time.monotonic()
        process.send_signal(number)
        result = _end(process)
        word = "interrupted" if number == signal.SIGINT else "terminated"
        assert (result.code, result.err.splitlines()[-1]) == (CODES[number], f"error: {word}.")
        assert time.monotonic() - begun < 10
        assert _hidden(work) == []
        assert not (work / "out").exists()
    process = _start(work, COMMANDS[name])
    _wait_until(process, moments["writing"][0])
    process.kill()
    _end(process)
    assert _end(_start(work, COMMANDS[name])).code == 0
    assert _hidden(work) == []
    assert (work / "out").is_dir()


@pytest.mark.parametrize("name", COMMANDS)
def test_two_at_once_into_one_folder_are_refused(work: Path, name: str) -> None:
    """The second one says which process is at work; the first one ends as if it were alone."""
    first = _start(work, COMMANDS[name])
    _wait_until(first, lambda: list(work.glob(".out.lock")) and (work / ".out.lock").stat().st_size)
    first.send_signal(signal.SIGSTOP)
    second = _end(_start(work, COMMANDS[name]))
    first.send_signal(signal.SIGCONT)
    assert second.code == 2
    assert f"out' is being written by process {first.pid}. Hint: " in second.err
    assert _end(first).code == 0
    assert _hidden(work) == []


def test_a_run_that_is_being_trained_is_not_resumed(write_recipe: WriteRecipe, home: Path) -> None:
    """And what is stopped keeps its last whole checkpoint, from which it goes on."""
    (home / "temporary").mkdir()
    recipe = write_recipe("r", run={"epochs": 25, "checkpoint_every": 3})
    command = ["train", str(recipe), "--resume"]
    run = home / "runs" / "r"
    first = _start(home, command)
    _wait_until(first, lambda: list(run.glob("checkpoints/step_*")))
    first.send_signal(signal.SIGSTOP)
    second = _end(_start(home, command))
    first.terminate()
    first.send_signal(signal.SIGCONT)
    assert second.code == 2
    assert f"being written by process {first.pid}" in second.err
    assert _end(first).code == 143
    assert [path for path in run.rglob(".*") if path.name.endswith(".datatool")] == []
    assert list(run.glob("checkpoints/step_*")) != []
    assert _hidden(home) == []
    result = _end(_start(home, command))
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
def test_a_disk_that_is_full_is_one_sentence_and_leaves_nothing(work: Path, name: str) -> None:
    """Files may have no more than 64 KiB here."""
    shell = f"ulimit -f 64; exec '{sys.executable}' -m datatool {' '.join(COMMANDS[name])}"
    done = subprocess.run(
        ["sh", "-c", shell],
        cwd=work,
        env=os.environ | {"TMPDIR": str(work / "temporary")},
        capture_output=True,
        text=True,
        check=False,
    )
    if name != "audit":  # whose files are small
        assert done.returncode == 2
        assert "File too large" in done.stderr
        assert not (work / "out").exists()
    assert "internal error" not in done.stderr
    assert _hidden(work) == []
