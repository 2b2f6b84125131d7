"""A browser for the tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.browser import Browser, find_browser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """Headless Chromium with an empty profile."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium on this machine")
    with Browser(program, tmp_path / "browser-profile") as tab:
        yield tab
