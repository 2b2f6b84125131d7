"""One writer at a time, and what died processes left is removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from datatool.schemas import ConfigError, atomic_file, atomic_folder, scratch_folder, sole_writer

_HOLD = """
import sys, time
from pathlib import Path
from datatool import schemas
with getattr(schemas, sys.argv[1])(*map(Path, sys.argv[2:])):
    print("held", flush=True)
    time.sleep(100)
"""


@contextmanager
def _holding(name: str, *arguments: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is inside the block, killed at the end."""
    process = subprocess.Popen([sys.executable, "-c", _HOLD, name, *map(str, arguments)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    with _holding("sole_writer", tmp_path / "out") as process:
        expected = f"'{tmp_path}/out' is being written by process {process.pid}"
        with pytest.raises(ConfigError, match=expected), sole_writer(tmp_path / "out"):
            pass


def test_a_lock_dies_with_its_process_and_leaves_nothing(tmp_path: Path) -> None:
    with _holding("sole_writer", tmp_path / "out"):
        assert _names(tmp_path) == [".out.lock"]
    with sole_writer(tmp_path / "out"):
        pass
    assert _names(tmp_path) == []


def test_a_lock_dies_with_its_process_though_a_child_lives_on(tmp_path: Path) -> None:
    """The child lets go as it begins; only when it has begun is its parent killed."""
    fork = "import os\n    if os.fork() == 0: print('begun', flush=True); time.sleep(3); os._exit(0)\n    "
    script = _HOLD.replace("print(", f"{fork}print(")
    process = subprocess.Popen(
        [sys.executable, "-c", script, "sole_writer", str(tmp_path / "out")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert len(process.stdout.read(len("begun\nheld\n"))) == len("begun\nheld\n")  # both have said it
    process.kill()
    process.wait()
    with sole_writer(tmp_path / "out"):
        pass
    process.stdout.close()


@pytest.mark.parametrize("url", ["s3://bucket/a", "gs://bucket/a", "az://c/a", "https://host/a", "http://host/a/b"])
def test_a_url_that_became_a_path_is_no_place_to_write(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"must be a place on this machine; got '{url}'"), sole_writer(Path(url)):
        pass
    assert list(tmp_path.iterdir()) == []
    with sole_writer(Path("c:/a")), sole_writer(Path("s3:bucket")):
        pass


def test_two_spellings_are_one_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "out")
    with (
        sole_writer(tmp_path / "out"),
        pytest.raises(ConfigError, match=f"by process {os.getpid()}"),
        sole_writer(tmp_path / "link"),
    ):
        pass


def test_parents_made_for_a_lock_go_with_it_where_they_stayed_empty(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "a" / "b"):
        assert (tmp_path / "a").is_dir()
    assert _names(tmp_path) == []
    with sole_writer(tmp_path / "a" / "b"), atomic_folder(tmp_path / "a" / "b"):
        pass
    assert _names(tmp_path / "a") == ["b"]


def test_many_processes_that_take_turns_never_meet(tmp_path: Path) -> None:
    """The lock file is removed by each, while the others open it."""
    script = """
import os, sys
from pathlib import Path
from datatool.schemas import ConfigError, sole_writer
out = Path(sys.argv[1])
for _ in range(300):
    try:
        with sole_writer(out):
            os.mkdir(out)
            os.rmdir(out)
    except ConfigError:
        pass
"""
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    assert [process.wait() for process in [subprocess.Popen(command) for _ in range(3)]] == [0, 0, 0]
    assert _names(tmp_path) == []


@pytest.mark.parametrize("name", ["atomic_file", "atomic_folder"])
def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path, name: str) -> None:
    """What a living one is writing stays, and so does a file of the user's that looks alike."""
    (tmp_path / ".out.12345678").touch()
    write = {"atomic_file": atomic_file, "atomic_folder": atomic_folder}[name]
    with _holding(name, tmp_path / "out"):
        before = _names(tmp_path)
        assert len(before) == 2
        with write(tmp_path / "out"):
            assert len(_names(tmp_path)) == 3
    with write(tmp_path / "out"):
        assert len(_names(tmp_path)) == 3
    assert _names(tmp_path) == [".out.12345678", "out"]


def test_scratch_of_a_killed_process_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with _holding("scratch_folder"), scratch_folder():
        assert len(_names(tmp_path)) == 2
    with scratch_folder() as folder:
        assert _names(tmp_path) == [folder.name]
    assert _names(tmp_path) == []


def test_a_folder_killed_between_two_renames_comes_back(tmp_path: Path) -> None:
    """On file systems that cannot exchange two names."""
    aside = tmp_path / ".plan.abcdefgh.datatool" / ".replaced"
    aside.mkdir(parents=True)
    (aside / "old.txt").write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "plan"):
        raise ZeroDivisionError
    assert (tmp_path / "plan" / "old.txt").read_text() == "old"
    assert _names(tmp_path) == ["plan"]


def test_a_place_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (Path("/proc/x"), tmp_path / "file" / "x"):
        with pytest.raises(ConfigError, match=f"must go where files can be made; got '{out}'"), sole_writer(out):
            pass
