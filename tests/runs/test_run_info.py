"""`run.json` says what a run was made with."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from datatool.runs import INFO, commit_of, read_run_info
from datatool.schemas import RunInfo
from tests.helpers.program import Cli
from tests.helpers.runs import Run


def test_a_run_says_its_versions_its_device_and_the_plan_it_drew_from(run: Run, home: Path) -> None:
    folder = run(run={"epochs": 1})
    info = RunInfo.parse(json.loads((folder / INFO).read_text()))
    assert {"python", "numpy"} <= set(info.versions)
    assert info.device.name.startswith(("cpu", "gpu"))
    assert info.device.processes == 1
    [plan] = info.plans
    assert len(plan.fingerprint) == 64
    assert plan.content_digest is None
    assert len(info.sessions) == 1


def test_a_run_of_known_pictures_names_them(home: Path, run: Run, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    assert cli("balance", home / "train.txt", "--count", "unique", "--out", home / "seen.plan").code == 0
    folder = run(data={"train": "seen.plan", "strategy": None}, run={"epochs": 1})
    info = read_run_info(folder)
    assert info is not None
    assert info.plans[0].content_digest == json.loads((home / "seen.plan/plan.json").read_text())["content_digest"]


def test_what_is_damaged_or_missing_is_no_information(tmp_path: Path) -> None:
    assert read_run_info(tmp_path) is None
    (tmp_path / INFO).write_text("{")
    assert read_run_info(tmp_path) is None


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_that_of_the_folder_and_says_whether_files_were_changed(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "recipe.yaml").write_text("a: 1\n")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    head = commit_of(tmp_path)
    assert head is not None
    assert len(head) == 40
    (tmp_path / "recipe.yaml").write_text("a: 2\n")
    assert commit_of(tmp_path) == f"{head}+"
