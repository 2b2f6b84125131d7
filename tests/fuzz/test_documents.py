"""Damaged documents of our own and of PaddleClas end a command in an answer or a sentence, and leave nothing behind.

``DATATOOL_FUZZ`` sets how many commands are tried, ``DATATOOL_FUZZ_SEED`` which.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY

COUNT = int(os.environ.get("DATATOOL_FUZZ", "57"))
SEED = int(os.environ.get("DATATOOL_FUZZ_SEED", "0"))


@pytest.mark.timeout(0)
def test_mutated_documents_end_in_an_answer_or_a_sentence(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.documents", str(tmp_path), str(SEED), str(COUNT)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )

    assert (run.returncode, run.stderr[-2_000:]) == (0, "")
    assert run.stdout == f"ran {COUNT}\n"
