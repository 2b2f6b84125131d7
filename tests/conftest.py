"""Fixtures and settings that every test folder shares."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.program import REPOSITORY, Cli, Result

# Two processes of two threads that wait for one another by spinning are slower than one process.
_THREADS = "1" if "PYTEST_XDIST_WORKER" in os.environ else "2"
# Before anything heavy is imported: plain output of a fixed width, few threads, and no calls to the network.
os.environ.update(
    NO_COLOR="1",
    TERM="dumb",
    COLUMNS="120",
    OMP_NUM_THREADS=_THREADS,
    OPENBLAS_NUM_THREADS=_THREADS,
    MKL_NUM_THREADS=_THREADS,
    NO_ALBUMENTATIONS_UPDATE="1",
    RAY_USAGE_STATS_ENABLED="0",
    PYTHONWARNINGS="",
)
for _name in ("FORCE_COLOR", "CLICOLOR_FORCE", "DATATOOL_DEBUG", "GITHUB_ACTIONS"):
    os.environ.pop(_name, None)

# An example may take as long as it likes: on a busy machine a limit in milliseconds fails for nothing.
settings.register_profile("datatool", deadline=None)
settings.load_profile("datatool")

pytest_plugins = ["tests.helpers.run_fixtures", "tests.helpers.buckets", "tests.helpers.moto_bucket"]


@pytest.fixture(autouse=True)
def talk_ends_with_its_test() -> Iterator[None]:
    """A command that ran in this process shows what the library logs; the next test shall hear the library alone."""
    yield
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "datatool"]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photographs, in `../shared/data` beside the checkout."""
    return _beside("data")


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """Pretrained weights, in `../shared/weights` beside the checkout."""
    return _beside("weights")


def _beside(name: str) -> Path:
    folder = REPOSITORY.parent / "shared" / name
    if not folder.is_dir():
        pytest.skip(f"../shared/{name} does not lie beside this checkout")
    return folder


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run `datatool ARGUMENTS...` in this process, exactly as the console script does.

    Returns:
        A function of the arguments that gives exit code, standard output and standard error.
    """
    from datatool.cli import main

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["datatool", *map(str, arguments)])
        capfd.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        out, err = capfd.readouterr()
        return Result(code=code if isinstance(code, int) else int(code is not None), out=out, err=err)

    return run


@pytest.fixture
def process() -> Cli:
    """Run `python ARGUMENTS...` in a new process; keyword options go to subprocess.run."""

    def run(*arguments: object, **options: object) -> Result:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            **options,  # type: ignore[call-overload]
        )
        return Result(code=done.returncode, out=done.stdout, err=done.stderr)

    return run
