from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from datatool.loader import BalancedLoader
from tests.helpers.written_plans import LOADER_OPTIONS, write_pictures, write_plan


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """20 pictures in 3 classes, oversampled to 36 draws."""
    return write_plan(tmp_path / "train.plan", tmp_path / "pictures", write_pictures(tmp_path / "pictures"))


@pytest.fixture
def open_loader() -> Iterator[Callable[..., BalancedLoader]]:
    """Open loaders that are closed at the end of the test."""
    opened: list[BalancedLoader] = []

    def open_(plan: Path, **options: Any) -> BalancedLoader:
        loader = partial(BalancedLoader, plan, **LOADER_OPTIONS)(**options)
        opened.append(loader)
        return loader

    yield open_
    for loader in opened:
        loader.close()
