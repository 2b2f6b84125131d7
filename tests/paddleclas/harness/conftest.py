"""The checkout of PaddleClas that these tests run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY

Run = Callable[..., str]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """A checkout of PaddleClas, named by ``PADDLECLAS``; its wheel lacks the training tools."""
    named = os.environ.get("PADDLECLAS")
    if not named:
        pytest.skip("PADDLECLAS names no checkout of PaddleClas, whose own programs these tests run")
    folder = Path(named)
    if not (folder / "tools" / "train.py").is_file():
        pytest.skip(f"PADDLECLAS names '{named}', which has no tools/train.py")
    return folder


@pytest.fixture
def run(checkout: Path, tmp_path: Path) -> Run:
    """Runs a script of the checkout in a folder, with datatool importable and labels of batches recorded."""

    def _run(script: str, *arguments: object, labels: Path | None = None) -> str:
        watch = Path(__file__).parent / "watch"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, [watch, REPOSITORY])),
            "WATCHED_LABELS": "" if labels is None else str(labels),
            "CUDA_VISIBLE_DEVICES": "",
        }
        done = subprocess.run(
            [sys.executable, str(checkout / script), *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=540,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    return _run
