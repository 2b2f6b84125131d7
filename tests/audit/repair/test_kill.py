"""A killed repair leaves the originals and no half folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SLOW_WRITE = """
import sys, time
from datatool.audit.repair import _write
original = _write._write_list
def slowly(*arguments, **options):
    original(*arguments, **options)
    print("half", flush=True)
    time.sleep(60)
_write._write_list = slowly
from datatool.cli import main
main()
"""

COMMANDS = {
    "relabel": ["relabel"],
    "clean": ["clean", "--drop", "W302"],
    "split": ["split", "--val", "0.5", "--no-images"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_killed_repair_leaves_the_originals_and_no_visible_folder(tmp_path: Path, name: str) -> None:
    listed = tmp_path / "train.txt"
    listed.write_text("a.jpg 3\nb.jpg 3\na.jpg 3\nc.jpg 9\n")
    before = listed.read_bytes(), listed.stat().st_mtime_ns
    command, *options = COMMANDS[name]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_WRITE, command, str(listed), *options, "-o", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == b"half\n"
        half = [entry for entry in tmp_path.iterdir() if entry != listed]
        assert sorted(entry.name.endswith(".lock") for entry in half) == [False, True]
        assert {entry.name.startswith(".out.") for entry in half} == {True}
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert (listed.read_bytes(), listed.stat().st_mtime_ns) == before
    assert not (tmp_path / "out").exists()
    assert [entry.name for entry in tmp_path.iterdir() if not entry.name.startswith(".")] == ["train.txt"]
