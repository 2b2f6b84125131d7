"""What every test of packs has."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of containers are kept under it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
