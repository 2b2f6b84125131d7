"""The two commands of the README: what they refuse, and that they set up once."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., subprocess.CompletedProcess[str]]

CALLERS_OWN = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTEST_ARGS", "PYTHON"}  # of the make that runs the tests

# Stands for python3 and for every program of the environments it makes; notes what it was asked.
FAKE_PYTHON = """#!/bin/sh
echo "$(basename "$0") $*" >> "$LOG"
[ -z "$PYTHONDONTWRITEBYTECODE" ] || echo "compiles for itself alone" >> "$LOG"
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  for name in python datatool; do cp "$0" "$3/bin/$name"; done
fi
"""


def _complaint(repository: Path) -> Callable[..., str | None]:
    spec = importlib.util.spec_from_file_location("check_python", repository / ".ci" / "check_python.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    complaint: Callable[..., str | None] = module.complaint
    return complaint


@pytest.fixture
def make(repository: Path, tmp_path: Path) -> Make:
    """Run make in a copy of what it needs, with a Python that only takes notes."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(repository / name, tmp_path)
    shutil.copytree(repository / ".ci", tmp_path / ".ci")
    fake = tmp_path / "fake-python"
    fake.write_text(FAKE_PYTHON)
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)

    def run(target: str, python: object = fake) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if key not in CALLERS_OWN}
        return subprocess.run(
            ["make", target, f"PYTHON={python}"],
            cwd=tmp_path, env={**clean, "LOG": str(tmp_path / "log")}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return run


@pytest.mark.parametrize("version", [(3, 11), (3, 12, 1), (3, 13, 0)])
def test_a_supported_python_is_accepted(repository: Path, version: tuple[int, ...]) -> None:
    assert _complaint(repository)(version, "Linux", "x86_64", True) is None


@pytest.mark.parametrize(
    ("version", "system", "machine", "has_venv", "got"),
    [
        ((2, 7, 18), "Linux", "x86_64", True, "got 2.7."),
        ((3, 10, 13), "Linux", "x86_64", True, "got 3.10."),
        ((3, 14, 0), "Linux", "x86_64", True, "got 3.14."),
        ((3, 12, 0), "Darwin", "arm64", True, "got Darwin on arm64."),
        ((3, 12, 0), "Linux", "aarch64", True, "got Linux on aarch64."),
        ((3, 12, 0), "Linux", "x86_64", False, "got neither."),
    ],
)
def test_anything_else_is_refused_in_one_sentence(
    repository: Path, version: tuple[int, ...], system: str, machine: str, has_venv: bool, got: str
) -> None:
    sentence = _complaint(repository)(version, system, machine, has_venv)
    assert sentence is not None
    assert got in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("target", "runs"), [("demo", "datatool demo"), ("test", "python -m pytest --numprocesses 2 --dist worksteal")]
)
def test_the_second_run_installs_nothing(make: Make, tmp_path: Path, target: str, runs: str) -> None:
    first = make(target)
    assert first.returncode == 0, first.stderr
    log = (tmp_path / "log").read_text().splitlines()
    assert any("pip install" in line and "--constraint constraints.txt" in line for line in log)
    assert log[-1].strip() == runs

    (tmp_path / "log").unlink()
    assert make(target).returncode == 0
    assert [line.strip() for line in (tmp_path / "log").read_text().splitlines()] == [runs]


def test_modules_are_compiled_when_they_are_imported_and_once(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whichever process imports one first, for all of them, whatever the environment says of bytecode."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert make("demo").returncode == 0
    log = (tmp_path / "log").read_text()
    assert log.count("pip install") == log.count("--no-compile") == 2
    assert "compiles for itself alone" not in log


def test_new_pins_are_installed(make: Make, tmp_path: Path) -> None:
    make("demo")
    (tmp_path / "log").unlink()
    os.utime(tmp_path / "constraints.txt", (2**32, 2**32))
    make("demo")
    assert "pip install" in (tmp_path / "log").read_text()


def test_a_python_that_is_not_there_is_named(make: Make) -> None:
    result = make("test", "python-of-nowhere")
    assert result.returncode != 0
    assert result.stderr.startswith("datatool must have a Python; got 'python-of-nowhere'")
