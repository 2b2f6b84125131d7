from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.written_plans import write_pictures, write_plan


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """11 pictures in 2 classes, oversampled to 16 draws."""
    names = write_pictures(tmp_path / "pictures", {0: 8, 1: 3})
    return write_plan(tmp_path / "train.plan", tmp_path / "pictures", names)
