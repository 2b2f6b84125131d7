"""What the program spares at its start and end, and what it must not."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from datatool.cli._startup import leave, unhurried_collector, with_memory_kept, without_spinning


def test_the_collector_works_as_ever_once_it_has_looked() -> None:
    usual, hooks = gc.get_threshold(), list(gc.callbacks)
    with unhurried_collector():
        assert gc.get_threshold()[0] > usual[0]
        gc.collect()
        assert (gc.get_threshold(), gc.callbacks) == (usual, hooks)
    with unhurried_collector():
        pass
    assert (gc.get_threshold(), gc.callbacks) == (usual, hooks)


def test_threads_of_blas_sleep_soon_unless_the_user_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, settled in ((None, "4"), ("20", "20")):
        monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT", raising=False)
        if given is not None:
            monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", given)
        without_spinning()
        assert os.environ["OPENBLAS_THREAD_TIMEOUT"] == settled


def test_commands_over_long_lists_keep_the_memory_that_they_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    made: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda parameter, size: made.append((parameter, size)))
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    with_memory_kept(["train", "audit"])
    with_memory_kept(["--quiet"])
    assert made == []
    with_memory_kept(["--quiet", "audit", "labels.txt"])
    assert [parameter for parameter, _ in made] == [-3, -1]
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())  # musl has none
    with_memory_kept(["audit", "labels.txt"])


def test_a_program_ends_with_its_exit_code_and_all_that_it_wrote(tmp_path: Path) -> None:
    listed = tmp_path / "labels.txt"
    listed.write_text("a.jpg 0\na.jpg 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "datatool", "audit", str(listed), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.rstrip().endswith("}")


def test_exit_handlers_run_and_other_threads_are_waited_for() -> None:
    script = (
        "import atexit, threading, time\n"
        "from datatool.cli._startup import leave\n"
        "atexit.register(print, 'handled')\n"
        "{}\n"
        "print('written', end=' ')\n"
        "leave(3)\n"
        "raise SystemExit(3)\n"
    )
    for more, said in (
        ("", "written handled\n"),
        ("threading.Thread(target=lambda: (time.sleep(0.3), print('late'))).start()", "written late\nhandled\n"),
    ):
        done = subprocess.run([sys.executable, "-c", script.format(more)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (3, said, "")


def test_nothing_is_cut_short_that_is_watched_or_ends_without_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "_exit", lambda code: pytest.fail(f"left with {code}"))
    leave("a message")
    leave(None)
    sys.setprofile(lambda *_: None)
    try:
        leave(0)
    finally:
        sys.setprofile(None)
