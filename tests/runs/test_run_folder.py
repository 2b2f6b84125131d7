"""A run folder is new, or the run's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.errors import ConfigError
from tests.helpers.runs import Run


def test_a_run_folder_is_not_written_over(run: Run, home: Path) -> None:
    """Neither a run nor anything else of that name."""
    run()
    with pytest.raises(ConfigError, match="a run folder must be new"):
        run()
    (home / "runs" / "other").mkdir()
    (home / "runs" / "other" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"must hold recipe.yaml"):
        run("other", resume=True)
