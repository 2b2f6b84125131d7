"""The second month of docs/growth.md, on every twentieth photograph."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from datatool.schemas import load_map
from tests.helpers.program import REPOSITORY

PAGE = REPOSITORY / "docs" / "growth.md"
EVERY = 20


def blocks() -> list[tuple[str, str]]:
    """(kind, text) of the shell lines and recipes of the page."""
    return re.findall(r"```(sh|yaml)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_second_month_runs_as_the_page_has_it(
    tmp_path: Path, shared_data: Path, shared_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row of month one moves, no id changes, and the grown head is trained."""
    pytest.importorskip("paddle")
    assert shared_weights.is_dir()
    home = tmp_path / "checkout"
    home.mkdir()
    (tmp_path / "shared").symlink_to(shared_data.parent)
    program = tmp_path / "bin" / "datatool"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m datatool "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    for number, (kind, text) in enumerate(blocks()):
        if kind == "yaml":
            name, _, recipe = text.removeprefix("# ").partition("\n")
            (home / name).write_text(
                recipe.replace("epochs: 5", "epochs: 1").replace("image_size: 64", "image_size: 32")
            )
            continue
        done = subprocess.run(["bash", "-e"], input=text, text=True, cwd=home, capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
        if number == 0:
            thin(home / "one.txt", home / "new.txt")
    check(home)


def thin(*files: Path) -> None:
    for file in files:
        lines = file.read_text().splitlines(keepends=True)
        new = [line for line in lines if "/hat/" in line or "/skirt/" in line]  # of these there are few
        file.write_text("".join(dict.fromkeys([*lines[::EVERY], *new])))


def check(home: Path) -> None:
    one, two = ({split: lines(home / month / f"{split}.txt") for split in ("train", "val", "test")}
                for month in ("month1", "month2"))  # fmt: skip
    assert all(one[split] <= two[split] for split in one)
    before, after = load_map(home / "ids1/map.json"), load_map(home / "ids2/map.json")
    names = dict(line.split(" ", 1) for line in (home / "ids1/label_list.txt").read_text().splitlines())
    assert all(str(after.map[name]) == label for label, name in names.items())
    assert (before.class_num, after.class_num) == (8, 10)
    assert {after.map["hat"], after.map["skirt"]} == {8, 9}
    document = json.loads((home / "runs/month2/eval.json").read_text())
    assert [one["name"] for one in document["per_class"]][8:] == ["hat", "skirt"]


def lines(file: Path) -> set[str]:
    return set(file.read_text().splitlines())
